/** The shapes that signed manifests take and give. */
import type { KeyObject } from 'node:crypto';
import type { ManifestAttempt } from '../errors.js';
import type { JsonSchema } from '../schema/options.js';
import type { Schema, ZodTyped } from '../schema/schema.js';

/** One signature key. A text is the secret of an HMAC key. */
export type ManifestKey =
  | string
  | {
      /** Public name, told to receivers. Default: derived from the key. */
      readonly id?: string;
      readonly algorithm?: 'hmac-sha256';
      /** Its UTF-8 bytes are the key. */
      readonly secret: string;
    }
  | {
      readonly id?: string;
      readonly algorithm: 'ed25519';
      /** A `KeyObject`, PEM, or the 32 bytes in base64. Without it the key only verifies. */
      readonly privateKey?: string | KeyObject;
      readonly publicKey?: string | KeyObject;
    };

/**
 * Where keys come from, newest first: the first that can sign signs, every one verifies.
 *
 * A file is read again when it changes. It holds, as an environment variable may, either one secret or
 * `{"keys": [{"id", "secret"} | {"id", "algorithm": "ed25519", "privateKey", "publicKey"}]}`.
 */
export type ManifestKeys =
  | ManifestKey
  | readonly ManifestKey[]
  | { readonly env: string }
  | { readonly file: string };

/** What an operator should know about a document that is served all the same. */
export interface ManifestWarning {
  /**
   * - `tool-name`: a tool's name has no dot and was prefixed with its connector's id.
   * - `header-redacted`: a header value looks like a secret and is not published.
   * - `quota-name`: a quota has its older name.
   */
  readonly kind: 'tool-name' | 'header-redacted' | 'quota-name';
  /** Id of the connector. */
  readonly connector: string;
  readonly message: string;
}

/** A schema of documents: compiled, or what `Schema.compile` takes. */
// biome-ignore lint/suspicious/noExplicitAny: any schema, whatever its values are
export type ManifestSchema = Schema<any, any> | ZodTyped<any, any> | JsonSchema | string;

/** How a manifest is opened. Times in milliseconds. */
export interface SignedManifestOptions {
  /** Candidates in order; the first that can be used is served. */
  paths: string | readonly string[];
  /** Keys, newest first. */
  keys: ManifestKeys;
  /**
   * What is made of the document. `service-map` (default): a connectors manifest, checked against its schema, is served
   * as its service map. `document`: any JSON object is served as it is; `generatedAt` is added where it has none.
   */
  build?: 'service-map' | 'document';
  /**
   * What every document has to match, besides what `build` asks: a compiled `Schema`, a Zod schema, a JSON Schema as a
   * value or as text. It is checked natively over the bytes at every refresh, never on the event loop. One that needs
   * JavaScript for bytes (`refine`, `transform`, …; `schema.coverage` says what) is refused when the manifest is opened.
   */
  schema?: ManifestSchema;
  /**
   * Serve a document as `schema` makes it, unknown keys stripped and defaults set, not as it stands. Only with `build:
   * 'document'` and a schema whose `canNormalise` holds. Default: false.
   */
  normalise?: boolean;
  /** `flat` (default): the signature is one more member. `payload`: `{"payload": …, "signature": …}`. */
  envelope?: 'flat' | 'payload';
  /** Entries and order of keys as strict readers of the flat map expect them; see docs/manifest.md. Default: false. */
  compat?: boolean;
  /** Adds the number of connectors to the metadata that is signed. Default: false. */
  count?: boolean;
  /** Where receivers find the key's id: a response header (default), or `metadata.keyId` of a service map besides. */
  keyId?: 'header' | 'metadata';
  /** What to do with tool names without a dot: prefix the connector's id and warn (default), or refuse. */
  toolNames?: 'qualify' | 'strict';
  /** Publish header values that look like secrets: of no connector (default), of all, or of these. */
  publishHeaderValues?: boolean | readonly string[];
  /** Everything is read anew at least this often. Default: 60,000. */
  ttlMs?: number;
  /** Files are looked at (`stat`) at least this often. Default: 2,000. */
  pollMs?: number;
  /** After a change, time without another before reading. Default: 10. */
  debounceMs?: number;
  /** Watch the directories of all files. Default: true. */
  watch?: boolean;
  /** How long the last good document is served while refreshing fails. Default: 600,000. */
  staleIfErrorMs?: number;
  /** Refuse a document that was generated longer ago. Default: any age will do. */
  maxAgeMs?: number;
  /** File in which the newest version served is remembered over restarts. Default: remembered by the process only. */
  ratchetPath?: string;
  /** Serve a version older than one that was served. Default: false. */
  allowRollback?: boolean;
  /** Larger files are refused. Default: 16 MiB. */
  maxBytes?: number;
  /** Make gzip and brotli forms. Default: true. */
  compress?: boolean;
  /** Visibility in `Cache-Control`. Default: `private`. */
  cache?: 'private' | 'public';
  /** Told of each warning once. Default: `process.emitWarning`. */
  onWarning?: (warning: ManifestWarning) => void;
}

/** What is served now. The object stays the same until something changes. */
export interface CurrentManifest {
  /** The signed JSON. Not to be changed. */
  readonly body: Buffer;
  /** Strong entity tag of `body`, with its quotes. */
  readonly etag: string;
  /** Headers of a 200 response with `body`. */
  readonly headers: Readonly<Record<string, string>>;
  /** `manifestVersion` or `version` of the source document; empty if it has none. */
  readonly version: string;
  /** Time of the content: stays while that does. */
  readonly generatedAt: string;
  /** How long receivers may keep it. */
  readonly ttlSeconds: number;
  /** The key that signed. */
  readonly keyId: string;
  /** The candidate it was read from. */
  readonly path: string;
  /** Candidates before it, and why they could not be used. */
  readonly attempts: readonly ManifestAttempt[];
  readonly warnings: readonly ManifestWarning[];
  /** Connectors in the order of the manifest. */
  readonly connectors: readonly { readonly id: string; readonly enabled: boolean }[];
  /** Since when refreshing fails, in milliseconds since the epoch; absent while all is well. */
  readonly staleSince?: number;
  /** What the last refresh said; absent while all is well. */
  readonly reason?: string;
}

/** Counts of a manifest. */
export interface ManifestStats {
  /** Goes up with every new document, failure or recovery. */
  revision: number;
  /** When the files were last known to be as served, in milliseconds since the epoch; 0 for never. */
  checkedAt: number;
  /** How often the files were read. */
  refreshes: number;
  /** Responses written, by status. */
  responses: { ok: number; notModified: number; unavailable: number };
}
