/** What goes over the wire to an SSE client. */
import { describe, expect } from 'vitest';
import { test } from '../support/sse-test.js';

describe('the head', () => {
  test('is that of an event stream which nobody may cache, transform or gather', async ({
    openHub,
    serve,
    connect,
  }) => {
    const hub = await openHub();
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    const { statusCode, headers } = await client.opened();
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  });

  test('takes more headers, or others', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const headers = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'private' };
    const client = await connect(await serve((_, res) => void hub.attach(res, { headers })));
    expect((await client.opened()).headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'private',
      'content-type': 'text/event-stream',
    });
  });

  test('is left alone when the caller has sent it', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const url = await serve((_, res) => {
      res.writeHead(203, { 'Content-Type': 'text/event-stream', 'X-Mine': 'yes' });
      res.flushHeaders();
      hub.attach(res);
    });
    const client = await connect(url);
    const head = await client.opened();
    expect([head.statusCode, head.headers['x-mine']]).toEqual([203, 'yes']);
    hub.emit({ n: 0 });
    expect(await client.untilFrames(1)).toHaveLength(1);
  });
});

describe('a frame', () => {
  test('is id, event and data of one event, byte for byte', async ({ openHub, serve, connect }) => {
    const hub = await openHub({ retryMs: 0 });
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    hub.emit({ type: 'started', text: 'ü😀' });
    hub.emit({ n: 1 });
    const { text } = await client.until(({ frames }) => frames.length === 2);
    expect(text).toBe(
      `id: ${hub.epoch}-0\nevent: started\ndata: {"type":"started","text":"ü😀"}\n\n` +
        `id: ${hub.epoch}-1\ndata: {"n":1}\n\n`,
    );
  });

  test('holds whatever the event holds', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    const events = ['a\nb', 'a\r\n\r\ndata: x', '\u2028', '\0', 'id: 7', '', null, [], 'x'.repeat(500_000)];
    for (const event of events) hub.emit(event);
    await client.untilFrames(events.length);
    expect(client.events.map(({ data }) => data)).toEqual(events);
  });

  test.for(['two\nlines', 'a\r\nid: 1', 'a\n\ndata: forged', '\r', '\n'])(
    'is not broken by a type with line ends: %j',
    async (type, { openHub, serve, connect }) => {
      const hub = await openHub();
      const client = await connect(await serve((_, res) => void hub.attach(res)));
      hub.emit({ n: 0 }, { type });
      hub.emit({ n: 1 }, { type: 'next' });
      await client.untilFrames(2);
      expect(client.events).toEqual([
        { id: hub.cursor(0), event: type.replace(/[\r\n]/g, ' '), data: { n: 0 } },
        { id: hub.cursor(1), event: 'next', data: { n: 1 } },
      ]);
    },
  );

  test('comes for what the filter wants, and for nothing else', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const url = await serve((req, res) => {
      const { searchParams } = new URL(req.url ?? '', 'http://host');
      const topic = searchParams.get('topic');
      const types = searchParams.get('types');
      hub.attach(res, {
        ...(topic !== null && { topic }),
        ...(types !== null && { types: types.split(',') }),
      });
    });
    const all = await connect(url);
    const topic = await connect(`${url}?topic=a`);
    const types = await connect(`${url}?types=x,z`);
    const both = await connect(`${url}?topic=a&types=z`);
    for (let n = 0; n < 30; n += 1) hub.emit({ n }, { topic: 'ab'[n % 2] ?? '', type: 'xyz'[n % 3] ?? '' });
    const wanted: [typeof all, (n: number) => boolean][] = [
      [all, () => true],
      [topic, (n) => n % 2 === 0],
      [types, (n) => n % 3 !== 1],
      [both, (n) => n % 2 === 0 && n % 3 === 2],
    ];
    for (const [client, wants] of wanted) {
      const expected = [...Array(30).keys()].filter(wants);
      await client.untilFrames(expected.length);
      expect(client.events.map(({ data }) => (data as { n: number }).n)).toEqual(expected);
    }
  });
});

describe('retry', () => {
  test('comes first and says how long to wait', async ({ openHub, serve, connect }) => {
    const hub = await openHub({ retryMs: 1234 });
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    hub.emit({});
    const { text, retry } = await client.until(({ frames }) => frames.length === 1);
    expect(retry).toBe(1234);
    expect(text.startsWith('retry: 1234\n\nid: ')).toBe(true);
  });

  test('is 2 seconds by default', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    expect((await client.until(({ retry }) => retry !== undefined)).retry).toBe(2000);
  });
});
