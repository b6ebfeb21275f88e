/**
 * The connectors service without a server: give it the requests of node:http, Express or Fastify.
 *
 * Replaces the Python package `cortex_connectors` of 2025-10-13: same routes, bodies and messages. What is different
 * stands in docs/manifest.md.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CurrentManifest, SignedManifest } from '../api/index.js';
import type { PreparedBody } from '../api/manifest-response.js';
import { CortexError, ManifestError } from '../errors.js';
import { type Gate, gateFor } from './auth.js';
import { ChangeStream } from './change-stream.js';
import { type Bundle, loadBundle } from './dashboard.js';
import { preparedMetrics } from './metrics.js';
import { type ConnectorsSettings, manifestOptions } from './settings.js';

const DASHBOARD = '/apps/chatgpt-dashboard';
const UNAVAILABLE = '[brAInwav] Unable to load connectors manifest from configured locations';

type Route = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => void;

/** What protects a route: nothing, the API key, or the key also as the password of a browser's prompt. */
type Access = 'open' | 'bearer' | 'browser';

/**
 * Routes, streams and metrics of one manifest.
 *
 * @example
 * const runtime = await ConnectorsRuntime.open(settingsFromEnv());
 * createServer((req, res) => { if (!runtime.handle(req, res)) res.writeHead(404).end(); }).listen(3026);
 */
export class ConnectorsRuntime implements AsyncDisposable {
  readonly manifest: SignedManifest;
  readonly #stream: ChangeStream;
  readonly #gate: Gate;
  readonly #bundle: Bundle | undefined;
  readonly #metricsEnabled: boolean;
  #metrics: PreparedBody | undefined;

  private constructor(manifest: SignedManifest, bundle: Bundle | undefined, settings: ConnectorsSettings) {
    this.manifest = manifest;
    this.#bundle = bundle;
    this.#gate = gateFor(settings.noAuth === true ? undefined : settings.apiKey);
    this.#metricsEnabled = settings.enablePrometheus === true;
    this.#stream = new ChangeStream(settings.sseIntervalMs ?? 15_000);
    manifest.subscribe((current) => this.#changed(current));
    this.#changed(this.#current());
  }

  /**
   * Opens the manifest and reads the bundle. A manifest that cannot be used yet is no error: its routes answer 503 with
   * the reason until one can.
   *
   * @throws Error `CONNECTORS_API_KEY is required unless NO_AUTH=true`; what `SignedManifest.open` throws
   */
  static async open(settings: ConnectorsSettings): Promise<ConnectorsRuntime> {
    if (!settings.apiKey && settings.noAuth !== true) {
      throw new Error('CONNECTORS_API_KEY is required unless NO_AUTH=true');
    }
    const bundle = settings.appsBundleDir
      ? await loadBundle(settings.appsBundleDir).catch(missing)
      : undefined;
    return new ConnectorsRuntime(await SignedManifest.open(manifestOptions(settings)), bundle, settings);
  }

  /** Answers a request that is for this service; `false` leaves it untouched. */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    // Taken apart by hand: a client may write any target, and `new URL` throws for some. Proxies may write a whole URL.
    const target = (req.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
    const [path = '', query = ''] = target.split('?', 2);
    const found = this.#route(path);
    if (!found) return false;
    const [access, route] = found;
    const refusal =
      access === 'open' ? undefined : this.#gate(req.headers.authorization, access === 'browser');
    if (refusal) {
      const challenge = refusal.challenge ? { 'WWW-Authenticate': refusal.challenge } : {};
      send(res, refusal.status, { detail: refusal.detail }, challenge);
    } else if (req.method !== 'GET' && req.method !== 'HEAD') {
      send(res, 405, { detail: 'Method Not Allowed' }, { Allow: 'GET, HEAD' });
    } else {
      route(req, res, new URLSearchParams(query));
    }
    return true;
  }

  /** Ends streams and the manifest's thread. */
  async close(): Promise<void> {
    await Promise.all([this.#stream.close(), this.manifest.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #route(path: string): [Access, Route] | undefined {
    switch (path) {
      case '/health':
        return ['open', health];
      case '/v1/connectors/service-map':
        return ['bearer', (req, res) => this.#serviceMap(req, res)];
      case '/v1/connectors/stream':
        return ['bearer', (req, res, query) => this.#changes(req, res, query)];
      case '/metrics':
        return this.#metricsEnabled ? ['bearer', (req, res) => this.#writeMetrics(req, res)] : undefined;
      case DASHBOARD:
        return ['browser', (_req, res) => void res.writeHead(308, { Location: `${DASHBOARD}/` }).end()];
      default:
        return path.startsWith(`${DASHBOARD}/`)
          ? ['browser', (req, res) => this.#file(req, res, path.slice(DASHBOARD.length + 1))]
          : undefined;
    }
  }

  #serviceMap(req: IncomingMessage, res: ServerResponse): void {
    this.manifest.respond(req, res, { unavailable: (error) => unavailable(res, error) });
  }

  #changes(req: IncomingMessage, res: ServerResponse, query: URLSearchParams): void {
    const mode = query.get('mode') ?? 'full';
    if (mode !== 'full' && mode !== 'diff') {
      send(res, 400, { detail: `mode must be "full" or "diff", not "${mode}"` });
      return;
    }
    try {
      this.manifest.current();
    } catch (error) {
      unavailable(res, error);
      return;
    }
    if (req.method === 'HEAD') res.writeHead(200, { 'Content-Type': 'text/event-stream' }).end();
    else this.#stream.attach(res, mode);
  }

  #writeMetrics(req: IncomingMessage, res: ServerResponse): void {
    try {
      this.manifest.current();
    } catch (error) {
      unavailable(res, error);
      return;
    }
    this.#metrics?.respond(req, res);
  }

  #file(req: IncomingMessage, res: ServerResponse, name: string): void {
    if (!this.#bundle) {
      send(res, 503, { detail: '[brAInwav] Apps bundle not configured' });
      return;
    }
    const file = this.#bundle.get(decoded(name));
    if (file) file.respond(req, res);
    else send(res, 404, { detail: 'Not Found' });
  }

  #changed(current: CurrentManifest | undefined): void {
    if (!current) return;
    this.#metrics = preparedMetrics(current.connectors);
    this.#stream.publish(current.body);
  }

  #current(): CurrentManifest | undefined {
    try {
      return this.manifest.current();
    } catch {
      return undefined; // told to whoever asks
    }
  }
}

function health(_req: IncomingMessage, res: ServerResponse): void {
  const timestamp = new Date().toISOString().replace('Z', '+00:00');
  send(res, 200, { status: 'ok', brand: 'brAInwav', timestamp }, { 'Cache-Control': 'no-store' });
}

/** Who gets here has the key: the reason helps them and nobody else. */
function unavailable(res: ServerResponse, error: unknown): void {
  const code = error instanceof CortexError ? error.code : 'ERR_INTERNAL';
  const reason = error instanceof ManifestError ? error.message : undefined;
  send(res, 503, { detail: UNAVAILABLE, code, reason }, { 'Cache-Control': 'no-store', 'Retry-After': '5' });
}

function send(res: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': length, ...headers });
  res.end(res.req.method === 'HEAD' ? undefined : text);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // no file has such a name
  }
}

function missing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
