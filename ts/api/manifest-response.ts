/** Writes bodies that were prepared once: 200 or 304, GET or HEAD, plain or compressed. */
import { acceptedEncodings, type Encoding, matchesTag } from './conditional.js';

/** What is needed of a request: `http.IncomingMessage`, Express' and Fastify's have it. */
export interface ManifestRequest {
  readonly method?: string | undefined;
  readonly headers?: Record<string, string | string[] | undefined> | undefined;
  /** Fastify's: the request of Node. */
  readonly raw?: ManifestRequest | undefined;
}

/** What is needed of a response: `http.ServerResponse`, Express' and Fastify's reply have it. */
export interface ManifestResponse {
  writeHead?(statusCode: number, headers: string[]): unknown;
  end?(chunk?: Uint8Array | string): unknown;
  /** Fastify's: takes the response out of its hands. */
  hijack?(): unknown;
  /** Fastify's: the response of Node. */
  readonly raw?: ManifestResponse | undefined;
}

/** How an answer may differ from the default. */
export interface RespondOptions {
  /** Writes the answer when there is nothing to serve. Default: 503 with `{error, code}` and `Retry-After`. */
  unavailable?: (error: unknown) => void;
}

interface Form {
  body: Buffer;
  ok: string[];
  notModified: string[];
}

/** Bytes, or what gives them when they are first wanted; `undefined` when they can no longer be had. */
type Source = Buffer | (() => Buffer | undefined);

const SUFFIX: Readonly<Record<Encoding, string>> = { identity: '', gzip: '-gz', br: '-br' };

/** A body in all its forms with their headers, ready to be written. */
export class PreparedBody {
  readonly tags: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly #identity: Form;
  readonly #sources: ReadonlyMap<Encoding, Source>;
  readonly #forms = new Map<Encoding, Form>();
  readonly #make: (bytes: Buffer, encoding: Encoding) => Form;

  /** `tag` without quotes; `headers` are added to every answer. */
  constructor(
    body: Buffer,
    tag: string,
    headers: Record<string, string>,
    compressed: { gzip?: Source | undefined; brotli?: Source | undefined } = {},
  ) {
    const { 'Content-Type': type = 'application/json; charset=utf-8', ...rest } = headers;
    const others = Object.entries(rest).flat();
    this.#make = (bytes, encoding) => {
      const quoted = `"${tag}${SUFFIX[encoding]}"`;
      const both = ['ETag', quoted, 'Vary', 'Accept-Encoding', ...others];
      const encoded = encoding === 'identity' ? [] : ['Content-Encoding', encoding];
      const ok = ['Content-Type', type, 'Content-Length', String(bytes.length), ...encoded, ...both];
      return { body: bytes, ok, notModified: both };
    };
    this.#identity = this.#make(body, 'identity');
    const { gzip, brotli } = compressed;
    this.#sources = new Map([
      ...(gzip ? ([['gzip', gzip]] as const) : []),
      ...(brotli ? ([['br', brotli]] as const) : []),
    ]);
    this.tags = ['identity' as const, ...this.#sources.keys()].map(
      (encoding) => `"${tag}${SUFFIX[encoding]}"`,
    );
    const { ok } = this.#identity;
    const names = ok.filter((_, index) => index % 2 === 0);
    this.headers = Object.fromEntries(names.map((name, index) => [name, ok[index * 2 + 1] as string]));
  }

  /** @returns the status written: 200, 304, or 405 for other methods than GET and HEAD */
  respond(req: ManifestRequest, res: ManifestResponse): 200 | 304 | 405 {
    const { method = 'GET', headers = {} } = req.raw ?? req;
    const out = takeOver(res);
    if (method !== 'GET' && method !== 'HEAD') {
      out.writeHead?.(405, ['Allow', 'GET, HEAD', 'Content-Length', '0']);
      out.end?.();
      return 405;
    }
    const form = this.#choose(headers['accept-encoding']);
    if (matchesTag(single(headers['if-none-match']), this.tags)) {
      out.writeHead?.(304, form.notModified);
      out.end?.();
      return 304;
    }
    out.writeHead?.(200, form.ok);
    if (method === 'HEAD') out.end?.();
    else out.end?.(form.body);
    return 200;
  }

  #choose(accepted: string | string[] | undefined): Form {
    for (const encoding of acceptedEncodings(single(accepted))) {
      const form = encoding === 'identity' ? this.#identity : this.#compressed(encoding);
      if (form) return form;
    }
    return this.#identity;
  }

  #compressed(encoding: Encoding): Form | undefined {
    const made = this.#forms.get(encoding);
    const source = this.#sources.get(encoding);
    if (made || !source) return made;
    const bytes = typeof source === 'function' ? source() : source;
    if (!bytes) return undefined;
    const form = this.#make(bytes, encoding);
    this.#forms.set(encoding, form);
    return form;
  }
}

/** The answer when there is nothing to serve. Says the code only: paths and reasons are for the operator. */
export function respondUnavailable(res: ManifestResponse, code: string): void {
  const body = Buffer.from(JSON.stringify({ error: 'Service Unavailable', code }));
  const out = takeOver(res);
  const headers = ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(body.length)];
  out.writeHead?.(503, [...headers, 'Cache-Control', 'no-store', 'Retry-After', '5']);
  out.end?.(body);
}

/** Node's response, which a framework must no longer touch. */
function takeOver(res: ManifestResponse): ManifestResponse {
  if (res.raw === undefined) return res;
  res.hijack?.();
  return res.raw;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}
