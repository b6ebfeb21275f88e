/** Two descriptors per subscriber while it is there, none when it has gone. */
import { readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { SseSubscription } from '@cortex-os/native';
import { expect, vi } from 'vitest';
import { adopted, connections, emitNumbers, test, WAIT } from './fan-out-test.js';

const openDescriptors = () => readdirSync('/dev/fd').length;

test('no descriptor is left, however a stream ends', async ({ openHub, serve, connect }) => {
  const hub = await openHub();
  const streams: { res: ServerResponse; subscription: SseSubscription }[] = [];
  const { port } = await serve((_, res) => streams.push({ res, subscription: hub.attach(res) }));
  // The native thread and its poller stay with the hub.
  const first = connect(port);
  await adopted(() => streams[0]?.subscription);
  first.socket.destroy();
  await connections(hub, 0);
  await vi.waitFor(() => expect(hub.stats().fanOut.connections).toBe(0), WAIT);
  streams.length = 0;
  await settled();
  const before = openDescriptors();

  for (let round = 0; round < 3; round++) {
    const clients = Array.from({ length: 40 }, () => connect(port));
    for (let index = 0; index < 40; index++) await adopted(() => streams[index]?.subscription);
    expect(openDescriptors()).toBe(before + 3 * 40);
    emitNumbers(hub, 0, 50);
    for (const [index, { res, subscription }] of streams.entries()) {
      if (index % 4 === 0) subscription.end();
      if (index % 4 === 1) res.destroy();
    }
    for (const [index, client] of clients.entries()) {
      if (index % 2 === 0) client.socket.destroy();
      else client.socket.resetAndDestroy();
    }
    emitNumbers(hub, 50, 100);
    await connections(hub, 0);
    await vi.waitFor(() => expect(openDescriptors()).toBe(before), WAIT);
    streams.length = 0;
  }

  async function settled() {
    let last = -1;
    await vi.waitFor(
      () => {
        const now = openDescriptors();
        const steady = now === last;
        last = now;
        expect(steady).toBe(true);
      },
      { timeout: 20_000, interval: 100 },
    );
  }
});

test('a hub that is closed gives everything back', async ({ openHub, serve, connect }) => {
  const before = openDescriptors();
  const { port, server } = await serve((req, res) => {
    const hub = hubs[Number(req.url?.slice(1))];
    hub?.attach(res, { transport: 'adopted' });
  });
  const hubs = [await openHub(), await openHub(), await openHub()];
  const clients = [0, 1, 2, 0, 1, 2].map((index) => connect(port, { path: `/${index}` }));
  for (const hub of hubs) await connections(hub, 2);
  for (const hub of hubs) await hub.close();
  for (const client of clients) {
    await client.ended();
    client.socket.destroy();
  }
  await new Promise((resolve) => server.close(resolve));
  await vi.waitFor(() => expect(openDescriptors()).toBeLessThanOrEqual(before), WAIT);
});
