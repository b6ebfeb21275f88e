/** The shapes that ledgers take and give. */
import type { EventFilter } from './types.js';

/** Which fields of its events a ledger is read by. */
export interface LedgerOptions {
  /** Default: `topic`. */
  topicField?: string;
  /** Default: `type`. */
  typeField?: string;
  /** Default: `id`. */
  idField?: string;
  /** Default: `timestamp`. */
  timeField?: string;
}

/** Which events of a ledger are wanted. */
export interface LedgerQuery extends EventFilter {
  /** Only events after this one: an offset, a cursor or an event id. Default: from the oldest on. */
  after?: string | number;
  /** Only events before this one. */
  before?: string | number;
  /** Only events that happened at this time or later, by the event's time field. An event without one is left out. */
  since?: Date | number;
  /** Only events that happened before this time. */
  until?: Date | number;
  /** How many at the most. Default: all. */
  limit?: number;
  /** Leave lines out that are no JSON, instead of giving them with an undefined `event`. Default: `false`. */
  skipCorrupt?: boolean;
}

/** As {@link LedgerQuery}, from the end of the ledger on. */
export interface TailQuery extends LedgerQuery {
  /** Only events after this one. Default: those that come from now on. */
  after?: string | number;
  /** Ends it. */
  signal?: AbortSignal;
}

/** A digest of the chain, to be published where whoever can change the ledger cannot. */
export interface LedgerAnchor {
  /** Number of events that it covers. */
  readonly offset: number;
  /** 64 hexadecimal digits. */
  readonly digest: string;
}

/** Told how far a long work is, in bytes of lines. */
export type LedgerProgress = (doneBytes: number, totalBytes: number) => void;

/** How {@link Ledger.repair} works. */
export interface LedgerRepairOptions {
  /** The chain's key, if it has one. */
  key?: string | Uint8Array;
  /** Told how far it is, a few times a second and at the end. */
  onProgress?: LedgerProgress;
}

/** What to verify with. */
export interface LedgerVerifyOptions {
  /** The key of the chain, if it has one. */
  key?: string | Uint8Array;
  /** Anchors taken earlier: the chain must still have them. */
  anchors?: readonly LedgerAnchor[];
  /** Told how far it is, a few times a second. */
  onProgress?: LedgerProgress;
  /** Ends it with an error. */
  signal?: AbortSignal;
}

/**
 * What is wrong.
 *
 * - `altered`, `missing`, `added`, `reordered`: the line at this offset.
 * - `chain`: the chain itself was changed or lost here.
 * - `anchor`: the chain up to here is not the one that the anchor was taken from.
 */
export type ProblemKind = 'altered' | 'missing' | 'added' | 'reordered' | 'chain' | 'anchor';

/** What verifying found. */
export interface LedgerVerification {
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** The first thing that is wrong. */
  readonly problem?: { readonly offset: number; readonly kind: ProblemKind };
  /** Events that the chain proves, and their bytes. */
  readonly events: number;
  readonly bytes: number;
  /** Files that have a chain, and batches in them. */
  readonly segments: number;
  readonly batches: number;
  /** Of the events, those that were taken up after a crash without a record of their own. */
  readonly recovered: number;
  /** Crashes that took lines whose records were there already. */
  readonly cuts: number;
  /** Events after the last record: being written, or left so by a crash. */
  readonly unproven: number;
  /** Events from before there was a chain, which it does not prove. More of them than before: it was taken away. */
  readonly unchained: number;
}

/** One file of a ledger. */
export interface LedgerSegment {
  readonly path: string;
  /** Offset of its first event. */
  readonly first: number;
  readonly events: number;
  /** Bytes of its lines. */
  readonly bytes: number;
  /** Bytes on disk. */
  readonly storedBytes: number;
  /** When it was closed, in milliseconds since the epoch; absent for the one that is written. */
  readonly closedMs?: number;
  /** Events that its index covers. */
  readonly indexed: number;
  /** Whether it has a hash chain. */
  readonly chained: boolean;
}

/** What a ledger comes to. */
export interface LedgerStats {
  /** Identity of the log; absent if no hub has opened it yet. */
  readonly epoch?: string;
  /** Whether its last writer has closed it. */
  readonly clean: boolean;
  /** Offset of the oldest event and of the next one. */
  readonly oldest: number;
  readonly head: number;
  readonly events: number;
  readonly bytes: number;
  readonly storedBytes: number;
  /** Oldest first, the one that is written last. */
  readonly segments: readonly LedgerSegment[];
  /** Declared consumers, the first offset that each has not read, and whose cursor is damaged: it counts as 0. */
  readonly consumers: readonly { readonly name: string; readonly next: number; readonly damaged: boolean }[];
}

/** What mending a ledger came to. */
export interface LedgerRepair {
  readonly events: number;
  /** Bytes of a torn last line that were cut. */
  readonly cutBytes: number;
  /** Bytes completed from what a killed process left. */
  readonly completedBytes: number;
}
