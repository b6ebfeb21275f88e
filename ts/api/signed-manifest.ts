/**
 * A document that is read, checked, signed and kept current on a native thread, and served from memory.
 *
 * Reading what is current costs one raw call that compares a counter; the rest was prepared when the document changed.
 */
import { channel } from 'node:diagnostics_channel';
import { resolve } from 'node:path';
import { CortexError, type ManifestAttempt } from '../errors.js';
import { type ManifestOptions, native, Refused, raw } from '../native.js';
import { nativeKeys } from './manifest-keys.js';
import {
  type ManifestRequest,
  type ManifestResponse,
  PreparedBody,
  type RespondOptions,
  respondUnavailable,
} from './manifest-response.js';
import { nativeSchema } from './manifest-schema.js';
import type {
  CurrentManifest,
  ManifestStats,
  ManifestWarning,
  SignedManifestOptions,
} from './manifest-types.js';
import {
  type CanonicalInput,
  type VerifiedManifest,
  type VerifyOptions,
  verifyManifest,
} from './manifest-verify.js';

const DEFAULTS = {
  ttlMs: 60_000,
  pollMs: 2000,
  debounceMs: 10,
  staleIfErrorMs: 600_000,
  maxBytes: 16 * 1024 ** 2,
};

/** Told of every change: `{paths, version, generatedAt, staleSince, reason}`. */
const refreshed = channel('cortex:manifest:refresh');

/**
 * A signed manifest.
 *
 * @example
 * const manifest = await SignedManifest.open({
 *   paths: 'config/connectors.manifest.json',
 *   keys: { env: 'CONNECTORS_SIGNATURE_KEY' },
 * });
 * createServer((req, res) => manifest.respond(req, res)).listen(3026);
 */
export class SignedManifest implements AsyncDisposable {
  readonly #handle: number;
  readonly #options: SignedManifestOptions;
  readonly #staleIfErrorMs: number;
  /** Without news for this long the native thread must hang. */
  readonly #patienceMs: number;
  readonly #numbers = new Float64Array(2);
  readonly #listeners = new Set<(current: CurrentManifest | undefined) => void>();
  readonly #warned = new Set<string>();
  readonly #responses = { ok: 0, notModified: 0, unavailable: 0 };
  #revision = -1;
  #current: CurrentManifest | undefined;
  /** Made when first wanted: a refresh must cost the event loop next to nothing. */
  #prepared: (() => PreparedBody) | undefined;
  #failedSince: number | undefined;
  #closing: Promise<void> | undefined;

  private constructor(handle: number, options: SignedManifestOptions) {
    this.#handle = handle;
    this.#options = options;
    this.#staleIfErrorMs = options.staleIfErrorMs ?? DEFAULTS.staleIfErrorMs;
    this.#patienceMs =
      (options.ttlMs ?? DEFAULTS.ttlMs) + (options.pollMs ?? DEFAULTS.pollMs) + this.#staleIfErrorMs;
    native.manifestAttach(handle, () => this.#woken());
    this.#load();
  }

  /**
   * Opens a manifest; its first refresh happens off the event loop before this resolves. A document that cannot be used
   * yet is no error: `current()` says why until one can.
   *
   * @throws ERR_MANIFEST_OPTION_INVALID, ERR_MANIFEST_KEYS (given or in the environment), ERR_MANIFEST_RATCHET;
   *   ERR_SCHEMA_COMPILE for a `schema` that is wrong or needs JavaScript for bytes
   */
  static async open(options: SignedManifestOptions): Promise<SignedManifest> {
    return new SignedManifest(await native.manifestOpen(nativeOptions(options)), options);
  }

  /** See {@link verifyManifest}. */
  static verify(body: CanonicalInput, options: VerifyOptions): VerifiedManifest {
    return verifyManifest(body, options);
  }

  /**
   * What is served now; the same object until something changes. While refreshing fails it is the last good one, with
   * `staleSince` and `reason`.
   *
   * @throws ERR_MANIFEST_UNAVAILABLE or ERR_MANIFEST_KEYS while there was never a good one, ERR_MANIFEST_STALE after
   *   `staleIfErrorMs`, ERR_MANIFEST_CLOSED
   */
  current(): CurrentManifest {
    const revision = raw.manifestRevision(this.#handle, this.#numbers);
    if (revision !== this.#revision) this.#load();
    const current = this.#current;
    if (current === undefined || this.#tooStale()) return this.#refuse();
    return current;
  }

  /**
   * Answers a request with it: 200, or 304 when `If-None-Match` names it; HEAD; brotli or gzip as the client takes them;
   * `Cache-Control` from its time to live. Takes requests and responses of node:http, Express and Fastify. Nothing to
   * serve: 503, or what `options.unavailable` does.
   *
   * @returns the status written; 503 also where `unavailable` wrote the answer
   */
  respond(req: ManifestRequest, res: ManifestResponse, options: RespondOptions = {}): 200 | 304 | 405 | 503 {
    try {
      this.current();
    } catch (error) {
      this.#responses.unavailable += 1;
      if (options.unavailable) options.unavailable(error);
      else respondUnavailable(res, error instanceof CortexError ? error.code : 'ERR_INTERNAL');
      return 503;
    }
    const status = (this.#prepared as () => PreparedBody)().respond(req, res);
    if (status === 200) this.#responses.ok += 1;
    else if (status === 304) this.#responses.notModified += 1;
    return status;
  }

  /**
   * Calls `listener` after every new document, failure and recovery, with what `current()` would give or, when that
   * would throw, `undefined`. Changes between two turns of the event loop are told once.
   *
   * @returns what ends the subscription
   */
  subscribe(listener: (current: CurrentManifest | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads everything anew. Rejects with what was wrong; the last good document stays either way. */
  async refresh(): Promise<CurrentManifest> {
    await native.manifestRefresh(this.#handle);
    return this.current();
  }

  stats(): ManifestStats {
    const revision = raw.manifestRevision(this.#handle, this.#numbers);
    const [checkedAt = 0, refreshes = 0] = this.#numbers;
    return { revision, checkedAt, refreshes, responses: { ...this.#responses } };
  }

  /** Ends the thread. May be called twice; nothing else may be called afterwards. */
  close(): Promise<void> {
    this.#listeners.clear();
    this.#closing ??= native.manifestClose(this.#handle).then(() => undefined);
    return this.#closing;
  }

  /** `await using manifest = await SignedManifest.open(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tooStale(): boolean {
    const now = Date.now();
    if (this.#failedSince !== undefined && now - this.#failedSince > this.#staleIfErrorMs) return true;
    return now - (this.#numbers[0] as number) > this.#patienceMs;
  }

  #refuse(): never {
    native.manifestRefuse(this.#handle, this.#staleIfErrorMs);
    throw new Error('unreachable: the call above throws');
  }

  #load(): void {
    const revision = raw.manifestRevision(this.#handle, this.#numbers);
    if (revision === Refused.closed) {
      this.#current = undefined;
      return;
    }
    this.#revision = revision;
    const { snapshot, failedSinceMs } = native.manifestState(this.#handle);
    this.#failedSince = failedSinceMs;
    if (snapshot === undefined) return;
    const { tag, connectors, attempts, algorithm: _, hasGzip, hasBrotli, ...facts } = snapshot;
    const body = this.#body(tag, 0);
    // Replaced between the two calls: what came is loaded next.
    if (body === undefined) {
      this.#load();
      return;
    }
    const stale = failedSinceMs === undefined ? {} : { staleSince: failedSinceMs, ...this.#reason() };
    const prepared = once(() => {
      // A stale body may be replaced at any moment.
      const { cache = 'private' } = this.#options;
      const age = failedSinceMs === undefined ? `max-age=${Math.floor(facts.ttlSeconds)}` : 'no-cache';
      const headers = { 'Cache-Control': `${cache}, ${age}`, 'Cortex-Key-Id': facts.keyId };
      return new PreparedBody(body, tag, headers, {
        gzip: hasGzip ? () => this.#body(tag, 1) : undefined,
        brotli: hasBrotli ? () => this.#body(tag, 2) : undefined,
      });
    });
    const list = once(() => connectorList(connectors));
    this.#prepared = prepared;
    this.#current = Object.freeze({
      ...facts,
      ...stale,
      body,
      etag: `"${tag}"`,
      get headers() {
        return prepared().headers;
      },
      attempts: JSON.parse(attempts) as ManifestAttempt[],
      warnings: facts.warnings as ManifestWarning[],
      get connectors() {
        return list();
      },
    });
    this.#warn(this.#current.warnings);
  }

  #body(tag: string, form: 0 | 1 | 2): Buffer | undefined {
    return native.manifestBody(this.#handle, tag, form);
  }

  #reason(): { reason?: string } {
    const [, reason] = native.manifestReason(this.#handle) ?? [];
    return reason === undefined ? {} : { reason };
  }

  #warn(warnings: readonly ManifestWarning[]): void {
    for (const warning of warnings) {
      if (this.#warned.has(warning.message)) continue;
      this.#warned.add(warning.message);
      if (this.#options.onWarning) this.#options.onWarning(warning);
      else process.emitWarning(warning.message, { code: `CORTEX_MANIFEST_${warning.kind.toUpperCase()}` });
    }
  }

  #woken(): void {
    if (this.#closing) return;
    let current: CurrentManifest | undefined;
    try {
      current = this.current();
    } catch {
      // Listeners are told by `undefined`; who wants the reason calls `current()`.
    }
    if (refreshed.hasSubscribers) {
      const { version, generatedAt, staleSince, reason } = current ?? {};
      refreshed.publish({ paths: this.#options.paths, version, generatedAt, staleSince, reason });
    }
    for (const listener of [...this.#listeners]) {
      try {
        listener(current);
      } catch (error) {
        // One that throws must not keep the news from the others.
        process.emitWarning(`@cortex-os/native: manifest listener: ${String(error)}`);
      }
    }
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** From a line each: `1` or `0` for enabled or not, then the id. */
function connectorList(lines: string): CurrentManifest['connectors'] {
  return lines
    .split('\n')
    .slice(0, -1)
    .map((line) => ({ id: line.slice(1), enabled: line.startsWith('1') }));
}

function nativeOptions(options: SignedManifestOptions): ManifestOptions {
  const { publishHeaderValues: publish = false, maxAgeMs, ratchetPath } = options;
  const paths = typeof options.paths === 'string' ? [options.paths] : options.paths;
  return {
    // The working directory may change; what was meant does not.
    paths: paths.map((path) => resolve(path)),
    ...nativeSchema(options),
    build: options.build ?? 'service-map',
    envelope: options.envelope ?? 'flat',
    form: {
      compat: options.compat === true,
      count: options.count === true,
      strictToolNames: options.toolNames === 'strict',
      publishAllHeaders: publish === true,
      publishHeadersOf: typeof publish === 'boolean' ? [] : [...publish],
    },
    signKeyId: options.keyId === 'metadata',
    ...nativeKeys(options.keys),
    ttlMs: options.ttlMs ?? DEFAULTS.ttlMs,
    pollMs: options.pollMs ?? DEFAULTS.pollMs,
    debounceMs: options.debounceMs ?? DEFAULTS.debounceMs,
    watch: options.watch ?? true,
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(ratchetPath !== undefined && { ratchetPath: resolve(ratchetPath) }),
    allowRollback: options.allowRollback === true,
    maxBytes: options.maxBytes ?? DEFAULTS.maxBytes,
    compress: options.compress ?? true,
  };
}
