/** The clients that people use get everything from an adopted socket, and come back where they were. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventHub, SseSubscription } from '@cortex-os/native';
import { EventSource as NpmEventSource } from 'eventsource';
import { EventSource as UndiciEventSource } from 'undici';
import { describe, expect } from 'vitest';
import { Watched } from '../support/waiting.js';
import { adopted, test as base, emitNumbers } from './fan-out-test.js';

/** Text of every kind: SSE's own characters, quotes, line ends, other planes, and a long one. */
const TEXTS = ['plain', 'data: x\n\nid: 1\r\n\r', 'é ü 漢字 😀 \u2028', '\ufeff\u0000', 'x'.repeat(100_000)];
const COUNT = 500;
const fieldsOf = (n: number) => ({ n, type: n % 2 === 0 ? 'even' : 'odd', text: TEXTS[n % TEXTS.length] });
const expected = Array.from({ length: COUNT }, (_, n) => fieldsOf(n));

interface Stream {
  hub: EventHub;
  url: string;
  emitTo(count: number): void;
  /** Of the latest connection. */
  adopted(): Promise<void>;
  /** Cuts the latest connection, as a network does. */
  cut(): void;
  end(): void;
}

const test = base.extend<{ stream: Stream }>({
  stream: async ({ openHub, serve }, use) => {
    const hub = await openHub({ retryMs: 20 });
    let latest: { res: ServerResponse; subscription: SseSubscription } | undefined;
    const { port } = await serve((_, res) => {
      latest = { res, subscription: hub.attach(res, { transport: 'adopted' }) };
    });
    await use({
      hub,
      url: `http://127.0.0.1:${port}/`,
      emitTo(count) {
        for (let n = hub.head; n < count; n = hub.head) hub.emit(fieldsOf(n));
      },
      adopted: () => adopted(() => latest?.subscription),
      cut() {
        latest?.res.socket?.resetAndDestroy();
        latest = undefined;
      },
      end: () => latest?.subscription.end(),
    });
  },
});

/** What both have; their types differ in the classes of their events. */
type Source = new (
  url: string,
) => {
  addEventListener(type: string, listener: (event: { data: unknown; lastEventId: string }) => void): void;
  close(): void;
};

describe.each([
  ["npm's eventsource", NpmEventSource as Source],
  ["undici's EventSource", UndiciEventSource as unknown as Source],
])('%s', (_, Source) => {
  test('receives everything, in order, with its ids and types, across cuts and ends', async ({ stream }) => {
    const received = new Watched<unknown[]>([]);
    const ids: string[] = [];
    const source = new Source(stream.url);
    for (const type of ['even', 'odd']) {
      source.addEventListener(type, (event) => {
        ids.push(event.lastEventId);
        received.change((events) => [...events, { ...JSON.parse(String(event.data)), type }]);
      });
    }
    await stream.adopted();
    stream.emitTo(200);
    await received.until(({ length }) => length === 200);
    stream.cut();
    stream.emitTo(300); // while it is away, or coming back
    await received.until(({ length }) => length === 300);
    await stream.adopted();
    stream.end();
    stream.emitTo(COUNT);
    await received.until(({ length }) => length === COUNT);
    source.close();
    expect(received.value).toEqual(expected);
    expect(ids).toEqual(expected.map(({ n }) => stream.hub.cursor(n)));
  });
});

test('curl -N receives everything and exits cleanly at the end', async ({ stream }) => {
  const curl = spawn('curl', ['-sSN', stream.url], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let complaints = '';
  curl.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  curl.stderr.setEncoding('utf8').on('data', (part) => {
    complaints += part;
  });
  await stream.adopted();
  stream.emitTo(COUNT);
  stream.end();
  const [code] = await once(curl, 'close');
  expect({ code, complaints }).toEqual({ code: 0, complaints: '' });
  const data = text.split('\n').filter((line) => line.startsWith('data: '));
  expect(data.map((line) => JSON.parse(line.slice('data: '.length)))).toEqual(expected);
});

test('fetch receives everything', async ({ stream }) => {
  const response = await fetch(stream.url);
  await stream.adopted();
  emitNumbers(stream.hub, 0, COUNT);
  stream.end();
  const text = await response.text();
  expect(text.match(/^data: .*$/gm)).toEqual(expected.map(({ n }) => `data: {"n":${n}}`));
});
