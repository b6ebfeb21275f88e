/** A resume point that is gone is told in band, and the stream goes on as the option says. */
import type { AttachOptions, EventHub } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import type { SseClient } from '../support/sse-client.js';
import { test } from '../support/sse-test.js';

const names = (client: SseClient) => client.frames.map(({ event, data }) => (event === 'gap' ? 'gap' : data));

function emitTo(hub: EventHub, to: number): void {
  while (hub.head < to) hub.emit(hub.head);
}

describe('a gap', () => {
  test('is an event without an id that says what was asked, what is kept, and why', async ({
    openHub,
    serve,
    connect,
  }) => {
    const hub = await openHub({ maxEvents: 3 });
    const other = await openHub();
    emitTo(hub, 10);
    const url = await serve((_, res) => void hub.attach(res));
    const cases = [
      [hub.cursor(2), 'expired'],
      [other.cursor(0), 'epoch'],
      ['no such id', 'unknown'],
      [hub.cursor(10), 'unknown'],
    ];
    for (const [requested = '', reason] of cases) {
      const client = await connect(url, { 'Last-Event-ID': requested });
      const [gap] = await client.untilFrames(4);
      expect(gap).toEqual({
        event: 'gap',
        data: JSON.stringify({ requested, oldest: hub.cursor(7), reason }),
      });
      expect(names(client)).toEqual(['gap', '7', '8', '9']);
    }
    expect(hub.stats().gaps).toBe(4);
  });

  test('of an offset beyond the end is one, too', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    emitTo(hub, 2);
    const client = await connect(await serve((_, res) => void hub.attach(res, { after: 500 })));
    await client.untilFrames(3);
    expect(JSON.parse(client.frames[0]?.data ?? '')).toEqual({
      requested: hub.cursor(500),
      oldest: hub.cursor(0),
      reason: 'unknown',
    });
    expect(names(client)).toEqual(['gap', '0', '1']);
  });

  test('is not what a client gets whose past is in the ledger', async ({
    openHub,
    serve,
    connect,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 3 });
    emitTo(hub, 10);
    const client = await connect(await serve((_, res) => void hub.attach(res)), {
      'Last-Event-ID': hub.cursor(2),
    });
    await client.untilFrames(7);
    expect(names(client)).toEqual(['3', '4', '5', '6', '7', '8', '9']);
  });
});

describe('after a gap', () => {
  const reasons = ['expired', 'unknown', 'epoch'] as const;
  const cases = reasons.flatMap((reason) =>
    (['continue', 'live', 'end'] as const).map(
      (onGap): [typeof reason, NonNullable<AttachOptions['onGap']>] => [reason, onGap],
    ),
  );

  test.for(cases)(
    'because it is %s, a stream can %s',
    async ([reason, onGap], { openHub, serve, connect }) => {
      const hub = await openHub({ maxEvents: 3 });
      const other = await openHub();
      emitTo(hub, 10);
      const lost = { expired: hub.cursor(2), unknown: 'no such id', epoch: other.cursor(0) }[reason];
      const client = await connect(await serve((_, res) => void hub.attach(res, { onGap })), {
        'Last-Event-ID': lost,
      });
      // Until then the three that are kept: a window of three events does not wait for a reader.
      await client.untilFrames(onGap === 'continue' ? 4 : 1);
      emitTo(hub, 12);
      const expected = {
        continue: ['gap', '7', '8', '9', '10', '11'],
        live: ['gap', '10', '11'],
        end: ['gap'],
      }[onGap];
      if (onGap === 'end') await client.ended();
      await client.untilFrames(expected.length);
      expect(names(client)).toEqual(expected);
      expect(hub.stats().connections).toBe(onGap === 'end' ? 0 : 1);
    },
  );
});

describe('a client that falls out of memory while it is connected', () => {
  test.for(['continue', 'live', 'end'] as const)(
    'is told, and its stream can %s',
    async (onGap, { openHub }) => {
      const hub = await openHub({ maxEvents: 10 });
      const chunks: string[] = [];
      let listener = () => {};
      let full = false;
      let ended = false;
      hub.attach(
        {
          write: (chunk) => {
            chunks.push(String(chunk));
            return !full;
          },
          end: () => {
            ended = true;
          },
          on: (event, added) => {
            if (event === 'drain') listener = added;
          },
        },
        { onGap },
      );
      emitTo(hub, 1);
      await Promise.resolve();
      full = true;
      emitTo(hub, 2);
      await Promise.resolve();
      emitTo(hub, 100);
      await Promise.resolve();
      full = false;
      listener();
      const data = [...chunks.join('').matchAll(/^data: (.*)$/gm)].map(([, text]) => text);
      const gap = JSON.stringify({ requested: hub.cursor(1), oldest: hub.cursor(90), reason: 'expired' });
      const rest = Array.from({ length: 10 }, (_, index) => String(90 + index));
      expect(data).toEqual(['0', '1', gap, ...(onGap === 'continue' ? rest : [])]);
      expect(ended).toBe(onGap === 'end');
      emitTo(hub, 101);
      await Promise.resolve();
      expect(chunks.join('').includes('data: 100\n')).toBe(onGap !== 'end');
    },
  );
});
