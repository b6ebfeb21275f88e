/** The same events, in the same order, with the same content, on every transport at once. */
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEventManager, initializeXDG } from '@cortex-os/native/asbr';
import { Server } from 'socket.io';
import { io as connectIo } from 'socket.io-client';
import { describe, expect, vi } from 'vitest';
import { configWith, makeEvents } from '../asbr/events-fixtures.js';
import { useXdgSandbox } from '../asbr/xdg-sandbox.js';
import { parseFrame } from '../fanout/frames.js';
import { test } from './socket-test.js';

useXdgSandbox();

const WAIT = { timeout: 20_000, interval: 5 };
const COUNT = 3000;

interface Got {
  cursor: string;
  type: string;
  event: unknown;
}

/** Reads an event stream to its end, or to so many events. */
function readStream(port: number, path: string): Got[] {
  const got: Got[] = [];
  get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const frame = parseFrame(block);
        if (frame?.data !== undefined && frame.id !== undefined) {
          got.push({ cursor: frame.id, type: frame.event ?? '', event: JSON.parse(frame.data) });
        }
      }
    });
  });
  return got;
}

describe('callbacks, iterators, SSE and WebSockets', () => {
  test('give the same', async ({ openHub, serveSockets, connectSocket }) => {
    const hub = await openHub();
    const filter = { topics: ['a', 'b'], types: ['x', 'y'] };

    const called: Got[] = [];
    hub.subscribe(filter, (event, { offset, type }) => {
      called.push({ cursor: hub.cursor(offset), type, event });
    });

    const iterated: Got[] = [];
    const stop = new AbortController();
    const iteration = (async () => {
      for await (const item of hub.stream(filter, { signal: stop.signal })) {
        if ('gap' in item) throw new Error('a gap');
        iterated.push({ cursor: item.cursor, type: item.type, event: item.event });
      }
    })();

    const http = createServer((req, res) => {
      hub.attach(res, { ...filter, transport: req.url === '/stream' ? 'stream' : 'auto' });
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const httpPort = (http.address() as AddressInfo).port;
    const adopted = readStream(httpPort, '/');
    const streamed = readStream(httpPort, '/stream');

    const { port } = await serveSockets((socket) => hub.attachSocket(socket, filter));
    const client = connectSocket(port);
    await client.opened();
    await vi.waitFor(() => {
      const { connections, sockets } = hub.stats();
      expect([connections, sockets.connections]).toEqual([2, 1]);
    }, WAIT);

    const wanted: Got[] = [];
    for (let n = 0; n < COUNT; n += 1) {
      const event = {
        topic: 'abc'[n % 3],
        type: 'xyz'[n % 2],
        n,
        text: `line\r\n${n} ü \u2028`,
        nested: [{}],
      };
      const cursor = hub.cursor(hub.emit(event));
      if (event.topic !== 'c') wanted.push({ cursor, type: event.type ?? '', event });
      if (n % 37 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const socketed = () => client.events.map(({ cursor, type, event }) => ({ cursor, type, event }));
    for (const got of [() => called, () => iterated, () => adopted, () => streamed, socketed]) {
      await vi.waitFor(() => expect(got().length).toBeGreaterThanOrEqual(wanted.length), WAIT);
      expect(got()).toEqual(wanted);
    }
    stop.abort();
    await iteration;
    await hub.close();
    http.close();
  });

  test('and socket.io of the drop-in delivers each event once', async () => {
    await initializeXDG();
    const manager = createEventManager(configWith());
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    const io = new Server(http, { transports: ['websocket'] });
    manager.attachIO(io);
    const client = connectIo(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, {
      transports: ['websocket'],
    });
    const got: unknown[] = [];
    client.onAny((_name, event) => got.push(event));
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    await client.emitWithAck('subscribe', {});
    const events = makeEvents(50);
    for (const event of events) await manager.emitEvent(event);
    await client.emitWithAck('unsubscribe', {});
    expect(got).toEqual(events);
    client.close();
    await io.close();
    await manager.close();
  });
});
