import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DEFAULT_CONFIG,
  getConfigPath,
  getFullConfig,
  initializeXDG,
  loadConfig,
  loadMCPAllowlist,
  loadSecurityPolicies,
  loadVersionPins,
  saveConfig,
  saveMCPAllowlist,
  ValidationError,
} from '@cortex-os/native/asbr';
import { beforeEach, describe, expect, test } from 'vitest';
import { useXdgSandbox } from './xdg-sandbox.js';

const sandbox = useXdgSandbox();
const defaults = structuredClone(DEFAULT_CONFIG);

describe('the configuration', () => {
  test('has the defaults that callers know', () => {
    expect(DEFAULT_CONFIG).toEqual({
      events: {
        transport: 'socket',
        heartbeat_ms: 10000,
        idle_timeout_ms: 60000,
        max_task_events: 1000,
        max_global_events: 10000,
      },
      determinism: {
        max_normalize_bytes: 5000000,
        max_concurrency: 4,
        normalize: { newline: 'LF', trim_trailing_ws: true, strip_dates: true },
      },
      cache_ttl_ms: 300000,
    });
  });

  test('is written with the defaults when there is none', async () => {
    await initializeXDG();
    expect(await loadConfig()).toEqual(defaults);
    expect(existsSync(getConfigPath('config.yaml'))).toBe(true);
    expect(await loadConfig()).toEqual(defaults);
  });

  test('is an own copy at each load: a change reaches nobody else', async () => {
    await initializeXDG();
    const first = await loadConfig();
    first.events.heartbeat_ms = 1;
    first.determinism.normalize.newline = 'CRLF';
    const second = await loadConfig();
    second.events.heartbeat_ms = 2;
    expect(DEFAULT_CONFIG).toEqual(defaults);
    expect(await loadConfig()).toEqual(defaults);
  });

  test('is laid over the defaults, unknown keys dropped', async () => {
    await sandbox.writeConfig('config.yaml', 'events:\n  transport: sse\n  surprise: 1\nother: 2\n');
    expect(await loadConfig()).toEqual({ ...defaults, events: { ...defaults.events, transport: 'sse' } });
  });

  test.each([
    ['an empty file', ''],
    ['a comment', '# nothing\n'],
    ['a text', 'hello\n'],
    ['a list', '- 1\n'],
  ])('means the defaults for %s', async (_what, text) => {
    await sandbox.writeConfig('config.yaml', text);
    expect(await loadConfig()).toEqual(defaults);
  });

  test('understands merge keys', async () => {
    await sandbox.writeConfig('config.yaml', 'base: &b { transport: sse }\nevents:\n  <<: *b\n');
    expect((await loadConfig()).events.transport).toBe('sse');
  });

  test('that is invalid is refused with zod issues and the path', async () => {
    const path = await sandbox.writeConfig('config.yaml', 'cache_ttl_ms: -1\nevents: ~\n');
    const error = await loadConfig().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ message: 'Invalid configuration', details: { path } });
    const issues = (error as ValidationError).details?.errors as { path: string[] }[];
    expect(issues.map((issue) => issue.path.join('.'))).toEqual(['events', 'cache_ttl_ms']);
  });

  test('that is no YAML is refused with the reason', async () => {
    const path = await sandbox.writeConfig('config.yaml', 'events:\n\ttransport: sse\n');
    await expect(loadConfig()).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringMatching(/^Failed to load configuration: .*[Tt]abs/),
      details: { path, originalError: expect.any(Error) },
    });
  });

  test('cannot be written without its folder', async () => {
    await expect(loadConfig()).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('Failed to save configuration: ENOENT'),
      details: { path: getConfigPath('config.yaml') },
    });
  });

  test('does not change prototypes', async () => {
    await sandbox.writeConfig(
      'config.yaml',
      '__proto__:\n  polluted: 1\nevents:\n  __proto__: { polluted: 1 }\n',
    );
    expect(await loadConfig()).toEqual(defaults);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('saveConfig', () => {
  beforeEach(() => initializeXDG());

  test('writes what loadConfig reads', async () => {
    await saveConfig({ ...defaults, cache_ttl_ms: 1234 });
    expect((await loadConfig()).cache_ttl_ms).toBe(1234);
  });

  test('refuses an invalid configuration and leaves the file', async () => {
    await saveConfig(defaults);
    const before = await readFile(getConfigPath('config.yaml'), 'utf8');
    await expect(saveConfig({ ...defaults, cache_ttl_ms: Number.NaN })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Invalid configuration',
    });
    expect(await readFile(getConfigPath('config.yaml'), 'utf8')).toBe(before);
  });

  test('replaces the file whole: readers in between never see a part', async () => {
    await saveConfig(defaults);
    const writes = Promise.all(
      Array.from({ length: 20 }, (_, index) => saveConfig({ ...defaults, cache_ttl_ms: index + 1 })),
    );
    const reads = await Promise.all(Array.from({ length: 100 }, () => loadConfig()));
    await writes;
    expect(reads.every((config) => config.events.transport === 'socket')).toBe(true);
    expect(await readdir(sandbox.folder('XDG_CONFIG_HOME'))).toEqual(['config.yaml', 'policies']);
  });

  test('keeps permissions and a symbolic link', async () => {
    const target = join(sandbox.folder('XDG_CONFIG_HOME'), 'elsewhere.yaml');
    await writeFile(target, '');
    await chmod(target, 0o640);
    await symlink(target, getConfigPath('config.yaml'));
    await saveConfig({ ...defaults, cache_ttl_ms: 9 });
    expect(await readFile(target, 'utf8')).toContain('cache_ttl_ms: 9');
    expect((await stat(target)).mode & 0o777).toBe(0o640);
  });
});

describe('the MCP allowlist', () => {
  test('is empty when there is none', async () => {
    expect(await loadMCPAllowlist()).toEqual([]);
  });

  test('is read as it was saved', async () => {
    await initializeXDG();
    const list = [{ name: 'a', version: '1', scopes: ['x'], ttl: 5 }];
    await saveMCPAllowlist(list);
    expect(await loadMCPAllowlist()).toEqual(list);
  });

  test.each([
    ['a mapping', 'name: a\n', 'MCP allowlist must be an array'],
    ['an empty file', '', 'MCP allowlist must be an array'],
    ['an entry without version', '- name: a\n', 'MCP allowlist entries must have name and version'],
    ['an empty entry', '-\n', 'MCP allowlist entries must have name and version'],
    ['a broken file', '- [\n', 'Failed to load MCP allowlist: '],
  ])('refuses %s', async (_what, text, message) => {
    await sandbox.writeConfig('mcp-allowlist.yaml', text);
    await expect(loadMCPAllowlist()).rejects.toThrow(message);
    await expect(loadMCPAllowlist()).rejects.toBeInstanceOf(ValidationError);
  });

  test('says why it cannot be saved', async () => {
    await expect(saveMCPAllowlist([])).rejects.toThrow('Failed to save MCP allowlist: ENOENT');
  });
});

describe('version pins', () => {
  test('are none when there is no file', async () => {
    expect(await loadVersionPins()).toEqual({});
  });

  test('are semantic versions', async () => {
    await sandbox.writeConfig('version-pins.yaml', 'node: 20.20.0\nbeta: 1.0.0-rc.1\n');
    expect(await loadVersionPins()).toEqual({ node: '20.20.0', beta: '1.0.0-rc.1' });
  });

  test.each(['foo: 1.0\n', 'foo: v1.0.0\n', '- 1.0.0\n', ''])('refuse %j', async (text) => {
    const path = await sandbox.writeConfig('version-pins.yaml', text);
    await expect(loadVersionPins()).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Invalid version pins',
      details: { path, errors: expect.any(Array) },
    });
  });
});

describe('security policies', () => {
  const policy = (id: string) => `id: ${id}\nname: n\nenabled: true\nrules:\n  - type: shell_deny\n`;

  test('are none when there is no folder', async () => {
    expect(await loadSecurityPolicies()).toEqual([]);
  });

  test('come in the order of their file names, other files aside', async () => {
    await sandbox.writeConfig('policies/b.yml', policy('second'));
    await sandbox.writeConfig('policies/a.yaml', policy('first'));
    await sandbox.writeConfig('policies/readme.md', 'no policy');
    expect((await loadSecurityPolicies()).map(({ id }) => id)).toEqual(['first', 'second']);
  });

  test.each(['id: x\nname: n\nrules: none\n', 'name: n\nrules: []\n', ''])(
    'refuse %j by its file',
    async (text) => {
      await sandbox.writeConfig('policies/bad.yaml', text);
      await expect(loadSecurityPolicies()).rejects.toThrow(
        new ValidationError('Invalid security policy in bad.yaml'),
      );
    },
  );

  test('say why they cannot be loaded', async () => {
    await sandbox.writeConfig('policies', 'a file where a folder should be');
    await expect(loadSecurityPolicies()).rejects.toThrow('Failed to load security policies: ENOTDIR');
  });
});

test('getFullConfig loads all four', async () => {
  await mkdir(sandbox.folder('XDG_CONFIG_HOME'), { recursive: true });
  expect(await getFullConfig()).toEqual({
    config: defaults,
    mcpAllowlist: [],
    versionPins: {},
    securityPolicies: [],
  });
});
