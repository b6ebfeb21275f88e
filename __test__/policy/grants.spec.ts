/** Grants in memory stay true to their files. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PolicyEngine } from '@cortex-os/native';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../dist/server/cli.js';
import { eventually, GIT, makeProject, type Project } from './grant-files.js';

const posix = process.platform !== 'win32';

describe('grants of a directory', () => {
  let project: Project;
  let now = 5000;
  const errors: string[] = [];
  const engines: PolicyEngine[] = [];
  const open = async (options: object = {}) => {
    const directory = project.grants;
    const onError = (error: unknown) => errors.push(String(error));
    const engine = await PolicyEngine.open({
      directory,
      base: project.root,
      onError,
      now: () => now,
      ...options,
    });
    engines.push(engine);
    return engine;
  };
  const limitOf = (engine: PolicyEngine) => engine.loadSync('git').rate.perMinute;
  const write = (perMinute: number) =>
    project.write('.cortex/policy/tools/git.json', { ...GIT, rate: { perMinute } });

  beforeEach(() => {
    project = makeProject();
    now = 5000;
    errors.length = 0;
  });

  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
    project.remove();
  });

  test('are read once, however many ask at the same time', async () => {
    const engine = await open();
    const grants = await Promise.all(Array.from({ length: 20 }, () => engine.load('git')));
    expect(new Set(grants).size).toBe(1);
    expect(engine.loadSync('git')).toBe(grants[0]);
    expect(engine.stats()).toMatchObject({ loads: 1, hits: 1, watching: true });
  });

  test('follow a file that is replaced by a rename', async () => {
    const engine = await open({ ttlMs: Infinity });
    expect(limitOf(engine)).toBe(3);
    const staged = project.write('.cortex/policy/tools/git.json.tmp', { ...GIT, rate: { perMinute: 4 } });
    renameSync(staged, join(project.grants, 'git.json'));
    await eventually(() => expect(limitOf(engine)).toBe(4));
  });

  test.runIf(posix)('follow links that are swapped, inside the directory and above it', async () => {
    const volume = join(project.root, 'volume');
    for (const [version, perMinute] of [
      ['v1', 10],
      ['v2', 20],
      ['v3', 30],
    ] as const)
      project.write(`volume/${version}/git.json`, { ...GIT, rate: { perMinute } });
    const swap = (target: string, name: string) => {
      symlinkSync(target, join(volume, 'next'));
      renameSync(join(volume, 'next'), join(volume, name));
    };
    swap('v1', '..data');
    mkdirSync(join(volume, 'live'));
    swap('v1', 'current');
    const engine = await open({ directory: join(volume, 'current'), ttlMs: Infinity, revisionPath: false });
    expect(limitOf(engine)).toBe(10);
    swap('v2', 'current');
    await eventually(() => expect(limitOf(engine)).toBe(20));
    swap('v3', 'current');
    await eventually(() => expect(limitOf(engine)).toBe(30));
  });

  test('survive a burst of changes with the last one', async () => {
    const engine = await open({ ttlMs: Infinity });
    expect(limitOf(engine)).toBe(3);
    for (let perMinute = 100; perMinute <= 160; perMinute += 1) {
      write(perMinute);
      if (perMinute % 7 === 0) await engine.load('git').catch(() => undefined);
    }
    await eventually(() => expect(limitOf(engine)).toBe(160));
  });

  test('are gone when their file is', async () => {
    const engine = await open({ ttlMs: Infinity });
    await engine.load('git');
    rmSync(join(project.grants, 'git.json'));
    await eventually(() =>
      expect(() => engine.enforce('git', 'tree')).toThrow(
        expect.objectContaining({ code: 'ERR_POLICY_GRANT_MISSING' }),
      ),
    );
    write(9);
    await eventually(() => expect(limitOf(engine)).toBe(9));
  });

  test('stay as they were when the new content cannot be used, and say why', async () => {
    const engine = await open({ watch: false, ttlMs: 100 });
    expect(limitOf(engine)).toBe(3);
    for (const content of ['{', { ...GIT, rate: { perMinute: 0 } }, { ...GIT, fsScope: ['..'] }]) {
      project.write('.cortex/policy/tools/git.json', content);
      now += 100;
      expect(limitOf(engine)).toBe(3);
      expect(engine.stats().grants[0]?.reason).toBeTruthy();
    }
    expect(errors).toHaveLength(3);
    write(8);
    now += 100;
    expect(limitOf(engine)).toBe(8);
    expect(engine.stats().grants[0]?.reason).toBeUndefined();
  });

  test('are read again after the TTL where nothing watches', async () => {
    const engine = await open({ watch: false, ttlMs: 1000 });
    expect(limitOf(engine)).toBe(3);
    write(5);
    now += 999;
    expect(limitOf(engine)).toBe(3);
    now += 1;
    expect(limitOf(engine)).toBe(5);
    write(6);
    now -= 50_000;
    expect(limitOf(engine), 'a clock that was set back').toBe(6);
  });

  test('keep their counts when they are read again, under the new limit', async () => {
    const engine = await open({ watch: false, ttlMs: 1000 });
    for (let call = 0; call < 3; call += 1) expect(engine.tryEnforce('git', 'tree')).toBe(1);
    write(5);
    now += 1000;
    expect([1, 2, 3].map(() => engine.tryEnforce('git', 'tree'))).toEqual([1, 1, -3]);
  });

  test('are bounded in number', async () => {
    for (let index = 0; index < 10; index += 1) project.write(`.cortex/policy/tools/g${index}.json`, GIT);
    const engine = await open({ maxGrants: 4, watch: false });
    for (let index = 0; index < 10; index += 1) engine.loadSync(`g${index}`);
    expect(engine.stats().grants.map(({ id }) => id)).toEqual(['g6', 'g7', 'g8', 'g9']);
    expect(engine.stats().evictions).toBe(6);
  });

  test.runIf(posix)('that others could change are refused, unless told otherwise', async () => {
    chmodSync(join(project.grants, 'git.json'), 0o666);
    const strict = await open();
    await expect(strict.load('git')).rejects.toMatchObject({ code: 'ERR_POLICY_GRANT_UNSAFE' });
    const lenient = await open({ strictPermissions: false });
    await expect(lenient.load('git')).resolves.toMatchObject({ tool: 'git-map' });
  });

  test.each(['../../../package', '..', '', 'a/b', 'a\0b', '.hidden', 'C:x'])(
    'are not called %j',
    async (id) => {
      const engine = await open();
      await expect(engine.load(id)).rejects.toMatchObject({ code: 'ERR_POLICY_GRANT_ID_INVALID' });
    },
  );

  test.runIf(posix)(
    'are read again in other processes after a bust, by the engine or by the command line',
    async () => {
      const engine = await open({ watch: false, ttlMs: Infinity });
      const options = { directory: project.grants, watch: false, ttlMs: 1e9 };
      const other = fork(join(import.meta.dirname, 'other-process.mjs'), [JSON.stringify(options)]);
      const ask = async () => {
        other.send('limit?');
        return (await once(other, 'message'))[0] as number;
      };
      expect(await ask()).toBe(3);
      write(7);
      expect(await ask()).toBe(3);
      engine.invalidate('git');
      expect(await ask()).toBe(7);
      expect(limitOf(engine)).toBe(7);
      write(8);
      const lines: string[] = [];
      const terminal = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(line) };
      expect(await main(['policy', 'bust', '--directory', project.grants], terminal)).toBe(0);
      expect(await ask()).toBe(8);
      expect(limitOf(engine)).toBe(8);
      other.send('end');
      await once(other, 'exit');
    },
  );

  test('the command line lists and checks them', async () => {
    project.write('.cortex/policy/tools/bad.json', '{"tool": 1}');
    const lines: string[] = [];
    const terminal = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(line) };
    const run = (...args: string[]) => main(['policy', ...args, '--directory', project.grants], terminal);
    if (posix) {
      expect(await run('list')).toBe(0);
      expect(lines.join('\n')).toMatch(
        /bad {2}ERR_POLICY_GRANT_INVALID[^\n]*\ngit {2}\w{16} {2}git-map {2}3\/min/,
      );
      lines.length = 0;
      expect(await run('check')).toBe(1);
      expect(lines.at(-1)).toBe('1 of 2 grants can be used');
    }
    expect(await run('check', 'git', '--json')).toBe(0);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ id: 'git', ok: true });
    expect(await run('check', '../git')).toBe(1);
    expect(await run('explode')).toBe(2);
    expect(await run('list', '--wrong')).toBe(2);
  });

  test('a directory that comes later is found', async () => {
    const directory = join(project.root, 'later');
    const engine = await open({ directory, revisionPath: false, ttlMs: 0 });
    expect(engine.decide('git', 'tree').code).toBe('ERR_POLICY_GRANT_MISSING');
    mkdirSync(directory, { mode: 0o755 });
    writeFileSync(join(directory, 'git.json'), JSON.stringify(GIT), { mode: 0o644 });
    expect(engine.decide('git', 'tree').allowed).toBe(true);
  });
});
