import {
  ASBR_RUNTIME_SENTINEL,
  type ASBRServer,
  createTaskInput,
  DEFAULT_CONFIG,
  initializeASBR,
  initializeXDG,
  SCHEMA_VERSIONS,
  saveConfig,
  setLogger,
  ValidationError,
  VERSION,
  validateToken,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { useXdgSandbox } from './xdg-sandbox.js';

const sandbox = useXdgSandbox();
let running: ASBRServer | undefined;

beforeEach(() => {
  setLogger({ logInfo: () => {} });
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  setLogger();
});

describe('initializeASBR', () => {
  test('starts a server, and its client reaches it on the port it really has', async () => {
    const { server, client, token } = await initializeASBR({ port: 0 });
    running = server;
    const task = await client.createTask(createTaskInput('T', 'B'));
    expect(await task.getTask()).toMatchObject({ id: task.id, status: 'queued' });
    expect((await validateToken(token)).scopes).toEqual(['*']);
  });

  test('serves with the cache time of the configuration', async () => {
    await initializeXDG();
    await saveConfig({ ...DEFAULT_CONFIG, cache_ttl_ms: 7_000 });
    const { server } = await initializeASBR({ port: 0 });
    running = server;
    const address = server.server?.address();
    const port = typeof address === 'object' && address ? address.port : undefined;
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect(response.headers.get('cache-control')).toContain('max-age=7');
  });

  test('leaves the start to the caller when asked', async () => {
    const { server } = await initializeASBR({ port: 0, autoStart: false });
    running = server;
    expect(server.server?.listening ?? false).toBe(false);
  });

  test('fails when tokens.json is corrupted', async () => {
    await sandbox.writeConfig('tokens.json', '{ invalid json');
    const error = await initializeASBR({ autoStart: false }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message).toMatch(
      /^Failed to initialize ASBR: Failed to initialize authentication: /,
    );
  });

  test('fails when the configuration is invalid', async () => {
    await sandbox.writeConfig('config.yaml', 'cache_ttl_ms: never\n');
    await expect(initializeASBR({ autoStart: false })).rejects.toThrow('Invalid configuration');
  });
});

test('the constants of the original are there', () => {
  expect(VERSION).toBe('1.0.0');
  expect(ASBR_RUNTIME_SENTINEL).toBe(true);
  expect(SCHEMA_VERSIONS).toEqual({
    TASK: 'cortex.task@1',
    TASK_INPUT: 'cortex.task.input@1',
    EVIDENCE: 'cortex.evidence@1',
    ARTIFACT: 'cortex.artifact@1',
    PROFILE: 'cortex.profile@1',
  });
});
