/** `test` with real HTTP servers and SSE clients beside its hubs. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test as base } from './hub-test.js';
import { SseClient } from './sse-client.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Fixtures {
  /** Starts a server on a free port and resolves to its URL. `port` takes up the one of a server before. */
  serve: (handler: Handler) => Promise<string>;
  /** Connects and resolves when the head has come. */
  connect: (url: string, headers?: Record<string, string>) => Promise<SseClient>;
}

export const test = base.extend<Fixtures>({
  serve: async ({ task: _ }, use) => {
    const servers: Server[] = [];
    await use(async (handler) => {
      const server = createServer(handler);
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  },
  connect: async ({ serve: _ }, use) => {
    const clients: SseClient[] = [];
    await use(async (url, headers) => {
      const client = new SseClient(url, headers);
      clients.push(client);
      await client.opened();
      return client;
    });
    for (const client of clients) client.close();
  },
});
