import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createASBRServer } from '@cortex-os/native/asbr';
import { describe, expect, test, vi } from 'vitest';
import { ledgerEvents } from './events-fixtures.js';
import { taskInput, urlOf, useServers } from './server-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();
const startServer = useServers();

describe('start', () => {
  test('takes a free port for port 0 and defaults to 7439 only when none is given', async () => {
    const { server, url } = await startServer({ port: 0 });
    expect(url).not.toContain(':7439');
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await (await fetch(`${url}/health`)).json()).toEqual({
      status: 'ok',
      timestamp: expect.any(String),
    });
    expect(server.server?.keepAliveTimeout).toBe(65_000);
    expect(server.server?.headersTimeout).toBe(66_000);
    expect(server.server?.requestTimeout).toBe(30_000);
    expect(server.server?.maxConnections).toBe(1000);
  });

  test('rejects on a used port, and works once that is free', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const server = createASBRServer({ port });
    await expect(server.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(server.server).toBeUndefined();
    await new Promise((resolve) => other.close(resolve));
    await server.start();
    await server.stop();
  });

  test('twice at once is one start', async () => {
    const server = createASBRServer({ port: 0 });
    await Promise.all([server.start(), server.start()]);
    await server.stop();
  });
});

describe('stop', () => {
  test('ends open event streams, in a moment', async () => {
    const server = await startServer();
    const readers = await Promise.all(Array.from({ length: 5 }, () => server.events()));
    await server.server.stop();
    await Promise.all(readers.map((reader) => reader.until(({ ended }) => ended)));
    expect(server.server.server).toBeUndefined();
  });

  test('before start, and twice, is no error and leaves no timer', async () => {
    vi.useFakeTimers();
    const before = vi.getTimerCount();
    const server = createASBRServer({ port: 0 });
    expect(vi.getTimerCount()).toBe(before);
    await server.stop();
    await server.stop();
    vi.useRealTimers();
  });

  test('gives the ledger back, so that servers may follow each other on one port', async () => {
    const first = await startServer();
    const { port } = new URL(first.url);
    const post = { method: 'POST', body: { input: taskInput() } };
    await first.call('/v1/tasks', post);
    for (let round = 0; round < 5; round++) {
      const server = round ? await startServer({ port: Number(port) }) : first;
      await server.call('/v1/tasks', { ...post, headers: { 'idempotency-key': `round ${round}` } });
      await server.server.stop();
    }
    expect(await ledgerEvents()).toHaveLength(6);
  });

  test('lets the server be started again, with the tasks it had', async () => {
    const server = createASBRServer({ port: 0, testBypass: true });
    const url = () => urlOf(server);
    const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
    await server.start();
    const made = await fetch(`${url()}/v1/tasks`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ input: taskInput() }),
    });
    const { task } = (await made.json()) as { task: { id: string } };
    await server.stop();
    await server.start();
    expect((await fetch(`${url()}/v1/tasks/${task.id}`, { headers })).status).toBe(200);
    await server.stop();
  });
});
