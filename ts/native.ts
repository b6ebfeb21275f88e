/**
 * Loads the addon and gives it the error classes of this thread. The only module that imports native.js.
 *
 * `raw` holds the hot calls. They are registered outside `#[napi]` (see napi/src/raw.rs), so their types stand here;
 * a test holds the two to each other.
 */
import * as native from '../native.js';
import { makeError } from './errors.js';

/** What a raw call returns instead of an offset. The numbers are those of napi/src/raw.rs. */
export const Refused = {
  full: -1,
  tooLarge: -2,
  staleTopic: -3,
  closed: -4,
  failed: -5,
  nothing: -6,
  detached: -7,
  internal: -8,
  /** Naming the type was refused. */
  typesFull: -9,
  /** The event does not match the hub's schema. */
  mismatch: -10,
  /** A joined line is not certain to be what JSON.stringify would have made. */
  unsure: -11,
} as const;

/** The hot calls: the number of an attachment, numbers and at most one string in, a number out. Negative: see {@link Refused}. */
export interface Raw {
  /**
   * Where topic, type, time (0 for the system's), coalescing key (0 for none) and quotes of a joined line (0: it was not)
   * of the next `emit` are left.
   */
  port(attachment: number): Float64Array;
  /** A function that appends one line: its offset. */
  lineEmitter(attachment: number): (line: string | undefined) => number;
  /** A function that appends a document that is JSON, checked; negative topic or type in the port: the document says it. */
  documentEmitter(attachment: number): (document: Uint8Array | string) => number;
  /** The offset of the next event. */
  head(attachment: number): number;
  /** The next offset that is not durable; `failed` once nothing more will be. */
  durable(attachment: number): number;
  /** Asks for a commit now and for one wake-up after it; the next offset that is not durable as it is now. */
  commit(attachment: number): number;
  /** 1 while producers should wait. */
  pressure(attachment: number): number;
  /** Lets wake-ups keep the process alive (1) or not (0). */
  hold(attachment: number, held: number): number;
  /** Events the filter wants may be missing from the window below this offset. */
  keptFrom(attachment: number, filter: number): number;
  /** A function that holds a JSON text against a compiled schema: 0 if it matches, else the code of its first issue. */
  schemaChecker(schema: number): (document: Uint8Array | string) => number;
  /**
   * The same, and `out` gets the first issue, without a string: [1, or 2 where there are more, or 0 if only `schemaIssues`
   * can tell; code; node; check; offset; position of the property in its node, or -1; steps of the path; per step where a
   * key begins inside its quotes and -1, or -1 and the index of an item]. `tooLarge`: `out` is too short.
   */
  schemaTeller(schema: number, out: Float64Array): (document: Uint8Array | string) => number;
  /** SSE frames of the window from an offset on; `out` gets [offset to go on from, number of events]. */
  frames(
    attachment: number,
    filter: number,
    from: number,
    maxBytes: number,
    out: Float64Array,
  ): Buffer | undefined;
  /** Goes up with every change of a manifest; `out` gets [when its sources were last checked, how often read]. */
  manifestRevision(handle: number, out: Float64Array): number;
  /**
   * A function that takes one unit from a named key by the machine's clock. It answers 1: admitted; 0: the table is
   * full; below: so many milliseconds until the same request can succeed, negated. `undefined`: no such key.
   */
  taker(handle: number, key: number): (() => number) | undefined;
  /** The same with a weight and a clock of the caller's own (`nowMs` below 0: the machine's). */
  limit(handle: number, key: number, weight: number, nowMs: number): number;
  /** The same for a key given as text. */
  limitText(handle: number, key: string, weight: number, nowMs: number): number;
  /** The same; `limit` 0 means the plan's budgets; `out` gets the refusing budget and triples of what is left. */
  limitCount(
    handle: number,
    key: string,
    weight: number,
    nowMs: number,
    limit: number,
    windowMs: number,
    out: Float64Array,
  ): number;
  /**
   * A function that answers 1 when a path lies in the scope, 0 when not, and 2 when it does unless it holds half a
   * character: there, that looks as U+FFFD does.
   */
  judge(scope: number): ((path: string | Uint8Array) => number) | undefined;
  /** A descriptor, the negative errno, or -100000 when the path may not be opened. */
  openInside(scope: number, path: string | Uint8Array, flags: number, mode: number): number;
  /** A revision number. */
  revision(handle: number): number;
}

native.registerErrors(
  makeError as (code: string, message: string, fields: Record<string, string | number>) => Error,
);

export const raw = (native as unknown as { raw: Raw }).raw;
export type {
  EventPage,
  HubIdentity,
  HubOptions,
  LedgerFiles,
  LedgerPlace,
  LedgerWant,
  LoadedGrant,
  ManifestForm,
  ManifestKey,
  ManifestOptions,
  VerifyResult,
} from '../native.js';
export { native };
