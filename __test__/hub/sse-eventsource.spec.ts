/** The EventSource that browsers have, as the `eventsource` package: reconnects and resumes by itself. */
import type { ServerResponse } from 'node:http';
import { EventSource } from 'eventsource';
import { describe, expect } from 'vitest';
import { test } from '../support/sse-test.js';
import { Watched } from '../support/waiting.js';

describe('an EventSource', () => {
  test('sees types as event names and cursors as ids', async ({ openHub, serve }) => {
    const hub = await openHub();
    const source = new EventSource(await serve((_, res) => void hub.attach(res)));
    const seen = new Watched<[string, string, string][]>([]);
    for (const name of ['message', 'started', 'done']) {
      source.addEventListener(name, ({ type, lastEventId, data }) =>
        seen.change((list) => [...list, [type, lastEventId, data]]),
      );
    }
    await new Promise((resolve) => source.addEventListener('open', resolve));
    hub.emit({ type: 'started' });
    hub.emit({ n: 1 });
    hub.emit({ type: 'done' });
    expect(await seen.until(({ length }) => length === 3)).toEqual([
      ['started', hub.cursor(0), '{"type":"started"}'],
      ['message', hub.cursor(1), '{"n":1}'],
      ['done', hub.cursor(2), '{"type":"done"}'],
    ]);
    source.close();
  });

  test('has every event once, in order, however often its connection is cut', async ({
    openHub,
    serve,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 500, retryMs: 1 });
    const responses = new Watched<ServerResponse[]>([]);
    const url = await serve((_, res) => {
      hub.attach(res);
      responses.change((list) => [...list, res]);
    });
    const source = new EventSource(url);
    const seen = new Watched<number[]>([]);
    source.addEventListener('message', ({ data }) =>
      seen.change((list) => {
        list.push(JSON.parse(data).n);
        return list;
      }),
    );
    await responses.until(({ length }) => length === 1);
    const emit = (count: number) => {
      for (let n = 0; n < count; n += 1) hub.emit({ n: hub.head });
    };
    for (let round = 1; round <= 12; round += 1) {
      const before = seen.value.length;
      emit(800);
      await seen.until(({ length }) => length > before);
      // A hard cut and a clean end in turn, somewhere in what is being sent.
      const response = responses.value.at(-1);
      if (round % 2 === 0) response?.end();
      else response?.destroy();
      emit(800);
      await responses.until(({ length }) => length > round);
    }
    await seen.until(({ length }) => length >= hub.head);
    source.close();
    expect(seen.value).toEqual([...Array(hub.head).keys()]);
  });

  test('is told by a gap event that its past is gone, and goes on', async ({ openHub, serve }) => {
    const hub = await openHub({ maxEvents: 10, retryMs: 1 });
    const responses: ServerResponse[] = [];
    const source = new EventSource(
      await serve((_, res) => {
        responses.push(res);
        // While it is away, more happens than memory holds.
        if (responses.length === 2) for (let n = 1; n <= 100; n += 1) hub.emit({ n });
        hub.attach(res);
      }),
    );
    const seen = new Watched<unknown[]>([]);
    const add = ({ data }: { data: string }) => seen.change((list) => [...list, JSON.parse(data)]);
    source.addEventListener('message', add);
    source.addEventListener('gap', add);
    await new Promise((resolve) => source.addEventListener('open', resolve));
    hub.emit({ n: 0 });
    await seen.until(({ length }) => length === 1);
    responses[0]?.destroy();
    await seen.until(({ length }) => length === 12);
    source.close();
    expect(seen.value).toEqual([
      { n: 0 },
      { requested: hub.cursor(0), oldest: hub.cursor(91), reason: 'expired' },
      ...Array.from({ length: 10 }, (_, index) => ({ n: 91 + index })),
    ]);
  });
});
