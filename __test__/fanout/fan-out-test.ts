/** `test` with HTTP servers and clients of its own, beside the hubs of `support/hub-test`. */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventHub, SseSubscription } from '@cortex-os/native';
import { vi } from 'vitest';
import { test as base } from '../support/hub-test.js';
import { EventStreamClient, type RequestOptions } from './event-stream-client.js';

export interface Served {
  server: Server;
  port: number;
}

interface Fixtures {
  /** Ends the test, by name, where there are no descriptors to adopt. */
  adoptable: undefined;
  /** An HTTP server on a free port; its connections are destroyed after the test. */
  serve: (listener: RequestListener, options?: ServerOptions) => Promise<Served>;
  /** A client on a socket of its own, by default with a GET of `/` under way. */
  connect: (port: number, request?: RequestOptions) => EventStreamClient;
}

export const test = base.extend<Fixtures>({
  adoptable: [
    async ({ skip }, use) => {
      skip(process.platform === 'win32', 'sockets are adopted on Linux and macOS');
      await use(undefined);
    },
    { auto: true },
  ],
  // Depends on the hubs, so that sockets go before the hubs that write to them.
  serve: async ({ openHub: _ }, use) => {
    const servers: Server[] = [];
    await use(async (listener, options = {}) => {
      const server = createServer(options, listener);
      servers.push(server);
      return { server, port: await listening(server) };
    });
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  },
  connect: async ({ serve: _ }, use) => {
    const clients: EventStreamClient[] = [];
    await use((port, request) => {
      const client = new EventStreamClient(port, request);
      clients.push(client);
      return client;
    });
    for (const client of clients) client.socket.destroy();
  },
});

/** Listens on a free port of the loopback interface, which it returns. */
export async function listening(server: {
  listen(port: number, host: string, then: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Resolves once the native thread writes to the socket. */
export function adopted(subscription: () => SseSubscription | undefined): Promise<void> {
  return vi.waitFor(() => {
    if (subscription()?.stats().transport !== 'adopted') throw new Error('not adopted');
  }, WAIT);
}

/** Resolves once the hub has so many connections. */
export function connections(hub: EventHub, count: number): Promise<void> {
  return vi.waitFor(() => {
    const { connections } = hub.stats();
    if (connections !== count) throw new Error(`${connections} connections, not ${count}`);
  }, WAIT);
}

/** Nothing here is expected to take long; only a machine under load does. */
export const WAIT = { timeout: 20_000, interval: 5 };

/** Emits `{ n }` for every number from `from` to `to`, without the latter. */
export function emitNumbers(hub: EventHub, from: number, to: number, fields: object = {}): void {
  for (let n = from; n < to; n++) hub.emit({ ...fields, n });
}
