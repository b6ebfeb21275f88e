/** The connectors service on a port of its own. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectorsRuntime } from './runtime.js';
import type { ConnectorsAddress, ConnectorsSettings } from './settings.js';

/** A running service. */
export interface ConnectorsServer extends AsyncDisposable {
  readonly runtime: ConnectorsRuntime;
  readonly server: Server;
  /** `http://host:port` as another process of this machine can reach it. */
  readonly url: string;
  /** Ends streams, lets other requests end, ends the manifest's thread. */
  stop(): Promise<void>;
}

/**
 * Opens the service and listens. Rejects when the address is taken; then nothing is left running.
 *
 * @example
 * const service = await startConnectorsServer({ ...settingsFromEnv(), port: 0 });
 * console.log(service.url);
 */
export async function startConnectorsServer(
  options: ConnectorsSettings & ConnectorsAddress,
): Promise<ConnectorsServer> {
  const { port = 3026, host = options.noAuth === true ? '127.0.0.1' : '0.0.0.0', ...settings } = options;
  const runtime = await ConnectorsRuntime.open(settings);
  const server = createServer((req, res) => {
    if (runtime.handle(req, res)) return;
    const body = JSON.stringify({ detail: 'Not Found' });
    res.writeHead(404, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
  } catch (error) {
    await runtime.close();
    throw error;
  }
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await runtime.close();
    server.closeIdleConnections();
    await closed;
  };
  return { runtime, server, url: urlOf(host, server), stop, [Symbol.asyncDispose]: stop };
}

function urlOf(host: string, server: Server): string {
  const { port } = server.address() as AddressInfo;
  // A wildcard is an address to listen on, not one to go to.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
