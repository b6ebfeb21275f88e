/** A client that comes back goes on where it stood, or is told what is gone. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventHub } from '@cortex-os/native';
import { describe, expect, vi } from 'vitest';
import { expectRun, NO_PAST, resumeAfter, test } from './socket-test.js';

const WAIT = { timeout: 20_000, interval: 5 };

function emitNumbers(hub: EventHub, from: number, to: number): void {
  for (let n = from; n < to; n += 1) hub.emit({ topic: 'a', id: `event-${n}`, n });
}

const attached = (hub: EventHub, count = 1) =>
  vi.waitFor(() => expect(hub.stats().sockets.connections).toBe(count), WAIT);

describe('the first message of a client', () => {
  test.for([
    ['a cursor', (hub: EventHub) => hub.cursor(2)],
    ['the id of an event', () => 'event-2'],
  ] as const)('resumes after %s', async ([, tokenOf], { openHub, serveSockets, connectSocket }) => {
    const hub = await openHub();
    const { port } = await serveSockets((socket) => hub.attachSocket(socket));
    emitNumbers(hub, 0, 5);
    const client = connectSocket(port, resumeAfter(tokenOf(hub)));
    await client.untilMessages(2);
    emitNumbers(hub, 5, 6);
    await client.untilMessages(3);
    expect(client.numbers).toEqual([3, 4, 5]);
  });

  test.for([
    ['without a past', NO_PAST],
    ["of the application's own", 'hello {'],
    ['that is JSON of another kind', 'null'],
  ])(
    '%s begins at once, with what came since the socket was attached',
    async ([, first], { openHub, serveSockets, connectSocket }) => {
      const hub = await openHub();
      const { port } = await serveSockets((socket) => {
        hub.attachSocket(socket, {}, { resumeWaitMs: 60_000 });
        emitNumbers(hub, 1, 3);
      });
      emitNumbers(hub, 0, 1);
      const client = connectSocket(port, first);
      await client.untilMessages(2);
      expect(client.numbers).toEqual([1, 2]);
    },
  );

  test('is waited for, and not longer than it is worth', async ({ openHub, serveSockets, connectSocket }) => {
    const hub = await openHub();
    const { port } = await serveSockets((socket) => hub.attachSocket(socket, {}, { resumeWaitMs: 30 }));
    const client = connectSocket(port, null);
    await attached(hub);
    emitNumbers(hub, 0, 3);
    await client.untilMessages(3);
    expect(client.numbers).toEqual([0, 1, 2]);
  });

  test('is honoured late while nothing has been sent, and answered with a gap after that', async ({
    openHub,
    serveSockets,
    connectSocket,
  }) => {
    const hub = await openHub();
    emitNumbers(hub, 0, 5);
    const { port } = await serveSockets((socket) => hub.attachSocket(socket, {}, { resumeWaitMs: 0 }));
    const early = connectSocket(port, null);
    await early.opened();
    await attached(hub);
    early.socket.send(resumeAfter(hub.cursor(2)));
    await early.untilMessages(2);
    expect(early.numbers).toEqual([3, 4]);

    const late = connectSocket(port, null);
    await late.opened();
    await attached(hub, 2);
    emitNumbers(hub, 5, 6);
    await late.untilMessages(1);
    late.socket.send(resumeAfter(hub.cursor(2)));
    await late.untilMessages(2);
    const gap = { requested: hub.cursor(2), oldest: hub.cursor(5), reason: 'late' };
    expect(late.messages[1]).toEqual({ gap });
  });

  test('is not asked for where the server says where to begin', async ({
    openHub,
    serveSockets,
    connectSocket,
  }) => {
    const hub = await openHub();
    emitNumbers(hub, 0, 5);
    const { port } = await serveSockets((socket) => hub.attachSocket(socket, {}, { after: 'event-3' }));
    const client = connectSocket(port, resumeAfter(hub.cursor(0)));
    emitNumbers(hub, 5, 6);
    await client.untilMessages(2);
    expect(client.numbers).toEqual([4, 5]);
  });
});

describe('a resume point that is gone', () => {
  test.for([
    ['continue', [3, 4, 5, 6, 7, 8, 9, 10]],
    ['live', [10]],
    ['end', []],
  ] as const)(
    'gives a gap message, then onGap: %s',
    async ([onGap, expected], { openHub, serveSockets, connectSocket }) => {
      const hub = await openHub({ maxEvents: 7 });
      const { port } = await serveSockets((socket) => hub.attachSocket(socket, {}, { onGap }));
      emitNumbers(hub, 0, 10);
      const client = connectSocket(port, resumeAfter(hub.cursor(0)));
      await client.untilMessages(1);
      expect(client.messages[0]).toEqual({
        gap: { requested: hub.cursor(0), oldest: hub.cursor(3), reason: 'expired' },
      });
      if (onGap === 'end') expect((await client.ended())?.code).toBe(1000);
      else {
        emitNumbers(hub, 10, 11);
        await client.untilMessages(1 + expected.length);
      }
      expect(client.numbers).toEqual(expected);
    },
  );

  test('says whether it is of another log, or unknown', async ({ openHub, serveSockets, connectSocket }) => {
    const [hub, other] = [await openHub(), await openHub()];
    const { port } = await serveSockets((socket) => hub.attachSocket(socket));
    emitNumbers(hub, 0, 1);
    for (const [token, reason] of [
      [other.cursor(0), 'epoch'],
      ['nobody-knows-it', 'unknown'],
    ] as const) {
      const client = connectSocket(port, resumeAfter(token));
      await client.untilMessages(1);
      expect(client.messages[0]).toEqual({ gap: { requested: token, oldest: hub.cursor(0), reason } });
    }
  });
});

describe('with a ledger', () => {
  test('a client resumes beyond memory and across a restart', async ({
    openHub,
    ledgerPath,
    serveSockets,
    connectSocket,
  }) => {
    const first = await openHub({ path: ledgerPath, maxEvents: 100 });
    emitNumbers(first, 0, 2000);
    const cursor = first.cursor(9);
    await first.close();
    const hub = await openHub({ path: ledgerPath, maxEvents: 100 });
    const { port } = await serveSockets((socket) => hub.attachSocket(socket, { topic: 'a' }));
    const client = connectSocket(port, resumeAfter(cursor));
    emitNumbers(hub, 2000, 2500);
    await client.untilMessages(2490);
    expectRun(client.numbers, 10, 2490);
  });

  test('nothing is missed and nothing comes twice while events keep coming', async ({
    openHub,
    ledgerPath,
    serveSockets,
    connectSocket,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 500 });
    const { port } = await serveSockets((socket) => hub.attachSocket(socket, { topic: 'a' }));
    const TOTAL = 20_000;
    emitNumbers(hub, 0, 1);
    const producer = (async () => {
      for (let n = 1; n < TOTAL; n += 20) {
        emitNumbers(hub, n, Math.min(TOTAL, n + 20));
        await nextTurn();
      }
    })();
    const got = [0];
    let cursor = hub.cursor(0);
    let rounds = 0;
    while (got.length < TOTAL) {
      const missing = TOTAL - got.length;
      const client = connectSocket(port, resumeAfter(cursor));
      await client.untilMessages(Math.min(missing, 2000));
      client.socket.terminate();
      got.push(...client.numbers);
      cursor = client.events.at(-1)?.cursor ?? cursor;
      rounds += 1;
    }
    await producer;
    expectRun(got, 0, TOTAL);
    expect(rounds).toBeGreaterThan(2);
  });
});
