/** `test` with WebSocket servers and clients of its own, beside the hubs of `support/hub-test`. */
import type { AddressInfo } from 'node:net';
import type { SocketEventMessage, SocketMessage } from '@cortex-os/native';
import { expect } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { test as base } from '../support/hub-test.js';
import { Watched } from '../support/waiting.js';

export interface Seen {
  texts: string[];
  /** Code and reason of the end. */
  closed: { code: number; reason: string } | undefined;
  pings: number;
}

/** A client that keeps what it gets. */
export class SocketClient {
  readonly socket: WebSocket;
  readonly seen = new Watched<Seen>({ texts: [], closed: undefined, pings: 0 });

  constructor(port: number, first?: string) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}`);
    this.socket.on('open', () => first !== undefined && this.socket.send(first));
    this.socket.on('error', () => {});
    this.socket.on('message', (data, isBinary) => {
      if (isBinary) throw new Error('messages are text');
      const text = data.toString();
      this.seen.change((seen) => {
        seen.texts.push(text);
        return seen;
      });
    });
    this.socket.on('ping', () => this.seen.change((seen) => ({ ...seen, pings: seen.pings + 1 })));
    this.socket.on('close', (code, reason) =>
      this.seen.change((seen) => ({ ...seen, closed: { code, reason: reason.toString() } })),
    );
  }

  get messages(): SocketMessage[] {
    return this.seen.value.texts.map((text) => JSON.parse(text) as SocketMessage);
  }

  get events(): SocketEventMessage[] {
    return this.messages.filter((message) => 'cursor' in message);
  }

  get numbers(): number[] {
    return this.events.map(({ event }) => (event as { n: number }).n);
  }

  opened = () => new Promise<void>((resolve) => this.socket.once('open', () => resolve()));
  untilMessages = (count: number) => this.seen.until(({ texts }) => texts.length >= count);
  /** Code and reason of the end. */
  ended = async () => (await this.seen.until(({ closed }) => closed !== undefined)).closed;
}

interface Fixtures {
  /** A server on a free port that hands every socket to `onSocket`; its sockets are cut after the test. */
  serveSockets: (onSocket: (socket: WebSocket) => void) => Promise<{ port: number; server: WebSocketServer }>;
  /** A client, which sends `first` when it is open: by default that it has no past. */
  connectSocket: (port: number, first?: string | null) => SocketClient;
}

export const NO_PAST = '{"resume":null}';

export const test = base.extend<Fixtures>({
  // Depends on the hubs, so that sockets go before the hubs that write to them.
  serveSockets: async ({ openHub: _ }, use) => {
    const servers: WebSocketServer[] = [];
    await use(async (onSocket) => {
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
      servers.push(server);
      server.on('connection', onSocket);
      await new Promise((resolve) => server.once('listening', resolve));
      return { port: (server.address() as AddressInfo).port, server };
    });
    for (const server of servers) {
      for (const socket of server.clients) socket.terminate();
      server.close();
    }
  },
  connectSocket: async ({ serveSockets: _ }, use) => {
    const clients: SocketClient[] = [];
    await use((port, first = NO_PAST) => {
      const client = new SocketClient(port, first ?? undefined);
      clients.push(client);
      return client;
    });
    for (const client of clients) client.socket.terminate();
  },
});

export const resumeAfter = (token: string) => JSON.stringify({ resume: token });

/** Every number once, in order: `from`, `from + 1`, … */
export function expectRun(numbers: readonly number[], from: number, count: number): void {
  const wrong = numbers.findIndex((n, index) => n !== from + index);
  expect({ wrong, around: wrong < 0 ? [] : numbers.slice(Math.max(0, wrong - 1), wrong + 2) }).toEqual({
    wrong: -1,
    around: [],
  });
  expect(numbers.length).toBe(count);
}
