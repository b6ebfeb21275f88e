/** Peers that no longer answer. */

import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import { test } from './socket-test.js';

const WAIT = { timeout: 20_000, interval: 5 };

test('a peer that leaves a ping without an answer is cut and counted, and only it', async ({
  openHub,
  serveSockets,
  connectSocket,
}) => {
  const hub = await openHub({ heartbeatMs: 160, pongMs: 400 });
  let ends = 0;
  const { port } = await serveSockets((socket) => {
    hub.attachSocket(socket, {}, { after: -1, onClose: () => (ends += 1) });
  });
  const there = connectSocket(port);
  await there.opened();
  const gone = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: false });
  const end = new Promise<number>((resolve) => gone.once('close', resolve));
  await vi.waitFor(() => expect(hub.stats().sockets).toMatchObject({ connections: 1, gone: 1 }), WAIT);
  expect(await end).toBe(1006);
  expect(ends).toBe(1);
  // The other has answered many pings since, and goes on.
  await there.seen.until(({ pings }) => pings > 8);
  hub.emit({ n: 0 });
  await there.untilMessages(1);
  expect(hub.stats().sockets).toMatchObject({ connections: 1, gone: 1, slow: 0 });
});

test('pongMs: 0 waits for ever, and heartbeat() asks and judges without a timer', async ({
  openHub,
  serveSockets,
}) => {
  const patient = await openHub({ heartbeatMs: 0, pongMs: 0 });
  const strict = await openHub({ heartbeatMs: 0, pongMs: 1 });
  const { port } = await serveSockets((socket) => {
    patient.attachSocket(socket, {}, { after: -1 });
    strict.attachSocket(socket, {}, { after: -1 });
  });
  const peer = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: false });
  await vi.waitFor(() => expect(strict.stats().sockets.connections).toBe(1), WAIT);
  const asked = new Promise((resolve) => peer.once('ping', resolve));
  patient.heartbeat();
  await asked;
  patient.heartbeat();
  expect(patient.stats().sockets).toMatchObject({ connections: 1, gone: 0 });
  const askedAgain = new Promise((resolve) => peer.once('ping', resolve));
  strict.heartbeat();
  await askedAgain;
  await vi.waitFor(() => {
    strict.heartbeat();
    expect(strict.stats().sockets).toMatchObject({ connections: 0, gone: 1 });
  }, WAIT);
  peer.terminate();
});
