/**
 * One call that starts ASBR.
 *
 * Matches `initializeASBR` of `@cortex-os/asbr`, 2025-10-13.
 *
 * Differences from the original:
 * - `port: 0` takes a free port, and the client asks the port the server really has.
 * - The original logged that it is deprecated; this one is not.
 */
import { initializeAuth } from './auth/index.js';
import { loadConfig } from './config/index.js';
import { type ASBRClient, createASBRClient } from './sdk/index.js';
import { type ASBRServer, createASBRServer } from './server/index.js';
import { ValidationError } from './types/index.js';
import { initializeXDG } from './xdg/index.js';

export interface InitializeOptions {
  /** Default 7439; 0 takes a free port, which the client knows only if the server is started here. */
  port?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default `true`; `false` leaves `server.start()` to the caller. */
  autoStart?: boolean;
}

export interface InitializedASBR {
  server: ASBRServer;
  /** A client of that server with `token`. */
  client: ASBRClient;
  /** A token for everything, valid 30 days; earlier ones of that kind are void. */
  token: string;
}

/**
 * Creates the directories, an administrator's token, a server with the configuration on disk and
 * a client of it.
 *
 * Errors: `VALIDATION_ERROR` (`Failed to initialize ASBR: …` when `tokens.json` is broken, those
 * of `loadConfig`), and what `server.start()` rejects with.
 *
 * @example
 * ```ts
 * const { server, client } = await initializeASBR({ port: 0 });
 * await client.createTask(createTaskInput('Tidy', 'Sort the imports'));
 * await server.stop();
 * ```
 */
export async function initializeASBR(options: InitializeOptions = {}): Promise<InitializedASBR> {
  await initializeXDG();
  const token = await createAdminToken();
  const { cache_ttl_ms: cacheTtlMs } = await loadConfig();

  const port = options.port ?? 7439;
  const host = options.host ?? '127.0.0.1';
  const server = createASBRServer({ port, host, cacheTtlMs });
  if (options.autoStart !== false) await server.start();

  const baseUrl = `http://${inUrl(host)}:${listeningPort(server) ?? port}`;
  return { server, client: createASBRClient({ baseUrl, token }), token };
}

async function createAdminToken(): Promise<string> {
  try {
    return (await initializeAuth()).token;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ValidationError(`Failed to initialize ASBR: ${reason}`);
  }
}

function listeningPort(server: ASBRServer): number | undefined {
  const address = server.server?.address();
  return typeof address === 'object' && address ? address.port : undefined;
}

/** An IPv6 address stands in brackets. */
function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
