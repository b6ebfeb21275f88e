import { createServer, type RequestListener, type Server } from 'node:http';

const KEEP_ALIVE_MS = 65_000;
/** Longer than keep-alive, so that a reused connection is not cut while its next head comes in. */
const HEADERS_MS = 66_000;
const REQUEST_MS = 30_000;
const MAX_CONNECTIONS = 1_000;
/** How long requests under way may take to end when the server stops. */
const STOP_GRACE_MS = 1_000;

/** Starts listening. Rejects when the address cannot be had (`EADDRINUSE`, `EACCES`, …). */
export function listen(app: RequestListener, port: number, host: string): Promise<Server> {
  const server = createServer(app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** Stops listening, lets requests under way end, and cuts what then is still open. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const cut = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
  await closed;
  clearTimeout(cut);
}

export function addressOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
