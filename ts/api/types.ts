/** The shapes that hubs take and give. */
import type { LineStats } from './lines/lines.js';
import type { SocketStats } from './websocket-types.js';

/**
 * What an acknowledgement (`emitDurable`, `durable`, `flush`) promises. `emit` itself always survives `kill -9`.
 *
 * - `none`: the event is in the file as the operating system sees it. Survives the process, not a power loss.
 * - `group`: synced to the disk, with everything else that came during the previous sync. No timer.
 * - `always`: synced to the disk on its own.
 */
export type Durability = 'none' | 'group' | 'always';

/** How a hub is opened. */
export interface EventHubOptions {
  /** The ledger: a file of one `JSON.stringify(event)` per line, in a directory that exists. Absent: memory only. */
  path?: string;
  /** Join the hub of this process that has the same path, if there is one. Default: `false`, a second one is refused. */
  shared?: boolean;
  /** What an acknowledgement promises. Default: `group`. */
  durability?: Durability;
  /** Size of the ring that holds what the ledger lacks and the newest events, in bytes. Default: 16 MiB. */
  ringBytes?: number;
  /** Longest line in bytes, at most a quarter of the ring. Default: 1 MiB, or that quarter. */
  maxLineBytes?: number;
  /** Events kept in memory. Default: 65,536. */
  maxEvents?: number;
  /** Events kept in memory per topic. Default: as `maxEvents`. */
  maxTopicEvents?: number;
  /** Bytes of lines kept in memory. Default: what the ring has room for. */
  maxBytes?: number;
  /** A topic without an event for this long leaves the memory. Default: 0, never. Checked by `prune()`. */
  idleMs?: number;
  /** Top-level string field of an event that names its topic. Default: `topic`. */
  topicField?: string;
  /** Top-level string field of an event that names its type. Default: `type`. */
  typeField?: string;
  /** Top-level string field of an event that names the event, accepted as a resume point. Default: `id`. */
  idField?: string;
  /**
   * Top-level field of an event that tells when it happened, for reading the ledger by time: milliseconds since the
   * epoch, or text as `Date.toISOString` writes it. Default: `timestamp`.
   */
  timeField?: string;
  /** When a new file of the ledger is begun: at a size, or some time after the last one was. Default: never. */
  rotate?: RotateOptions;
  /** How long closed files of the ledger are kept. Default: for good. */
  retain?: RetainOptions;
  /** Compresses closed files of the ledger. Default: they stay as they are. */
  compress?: 'zstd';
  /**
   * Keeps a hash chain of the ledger, with a key or without, for {@link Ledger.verify}. A ledger that has one keeps it
   * whatever this says, and its key is needed. Default: none.
   */
  chain?: boolean | { key: string | Uint8Array };
  /** Told of every file of the ledger that was closed. */
  onRotate?: (segment: RotatedSegment) => void;
  /** A heartbeat on every SSE stream, and a ping on every WebSocket that has them, about this often. Default: 15,000. 0: only when `heartbeat()` is called. */
  heartbeatMs?: number;
  /** What a heartbeat writes. Default: an SSE comment. */
  heartbeatFrame?: string;
  /** `retry:` of SSE streams, after which a browser reconnects. Default: 2,000. 0: the field is left out. */
  retryMs?: number;
  /** A client whose full socket takes nothing for this long is a slow consumer. Default: 30,000. 0: never. */
  stallMs?: number;
  /**
   * A WebSocket whose peer leaves a ping without an answer for this long is cut. Default: 15,000. 0: never. Only sockets
   * that have pings, those of `ws`; one that is full is judged by `stallMs`.
   */
  pongMs?: number;
  /** Events gather this long before adopted sockets are written to. Default: 0, as they come. */
  windowMs?: number;
  /**
   * What an event supersedes for a slow reader with `onSlow: 'coalesce'`: earlier events with the same key that it has
   * not got yet. Called at emit; undefined for an event that supersedes nothing. Keys of one thread only meet each other.
   */
  coalesceKey?: (event: unknown) => string | undefined;
  /** The time of events, in milliseconds since the epoch, for retention. Default: the system's, read natively. */
  now?: () => number;
  /** Keep the process alive while the hub is open. Default: `false`; a pending acknowledgement always does. */
  keepAlive?: boolean;
  /** How long `process.exit()` and an uncaught error wait for the ledger. Default: 2,000. */
  exitDrainMs?: number;
  /**
   * What every event has to match: its line is checked natively before anything is stored, and refused with
   * ERR_SCHEMA_MISMATCH. A `Schema` whose bytes need no JavaScript. Default: none; threads that join have the hub's.
   */
  schema?: { readonly handle: number };
  /** Told of what has no caller to be thrown at: a callback that threw, a ledger that failed. Default: a warning. */
  onError?: (error: unknown, where: string) => void;
}

/** When a new file of the ledger is begun. Whatever comes first. */
export interface RotateOptions {
  /** At this many bytes; lines stay whole. */
  maxBytes?: number;
  /** At this many events. */
  maxEvents?: number;
  /** This long after it was begun, in milliseconds, if it has events. */
  maxAgeMs?: number;
}

/** How long closed files of the ledger are kept. Whatever comes first, but always what a declared consumer lacks. */
export interface RetainOptions {
  /** Bytes on disk of all files of lines. */
  maxBytes?: number;
  /** Milliseconds since a file was closed. */
  maxAgeMs?: number;
  /** Number of closed files. */
  maxSegments?: number;
}

/** A file of the ledger that was closed. It may be compressed or deleted any time. */
export interface RotatedSegment {
  /** Offset of its first event. */
  readonly first: number;
  /** Number of its events. */
  readonly events: number;
  /** Bytes of its lines. */
  readonly bytes: number;
  /** When it was closed, in milliseconds since the epoch. */
  readonly closedMs: number;
}

/** Topic and type of an event, where its own fields do not say it. */
export interface EmitWhere {
  /**
   * Default: the event's `topicField` if it is a string, else the empty topic. After a restart events are known by
   * their fields alone.
   */
  topic?: string;
  /** Default: the event's `typeField` if it is a string, else none. */
  type?: string;
}

/** Which events a reader wants. */
export interface EventFilter {
  /** Only this topic. Absent: all, or those of `topics`. */
  topic?: string;
  /** Only these topics. Empty, without `topic`: none. */
  topics?: readonly string[];
  /** Only these types. Absent: all. Empty: none. */
  types?: readonly string[];
}

/** What a callback learns beside the event. */
export interface EventMeta {
  /** 0, 1, 2, … per log, in the order of emission across threads. */
  readonly offset: number;
  readonly topic: string;
  readonly type: string;
}

/** One event as it was logged. */
export interface EventRecord extends EventMeta {
  /** Resume token: `<epoch>-<offset>`. */
  readonly cursor: string;
  /** The parsed line; `undefined` if the ledger holds a line that is no JSON. */
  readonly event: unknown;
  /** The line, without its newline. */
  readonly line: string;
}

/**
 * Why events are missing.
 *
 * - `expired`: they are no longer kept.
 * - `epoch`: the cursor is of another log, or of this one before it lost its end in a power failure.
 * - `unknown`: no event has this id, or the cursor was never given out.
 */
export type GapReason = 'expired' | 'epoch' | 'unknown';

/** A hole in what a reader gets, told in band. */
export interface Gap {
  /** The resume point asked for. */
  readonly requested: string;
  /** Cursor of the oldest event still kept, from where reading goes on. */
  readonly oldest: string;
  readonly reason: GapReason;
}

/** What a stream yields: an event, or word of a gap. */
export type StreamItem = EventRecord | { readonly gap: Gap };

/** How a stream begins and ends. */
export interface StreamOptions {
  /** Begin after this event: an offset, a cursor or an event id. Absent: with the next event. */
  after?: string | number;
  /** Ends the stream. */
  signal?: AbortSignal;
  /** Events read ahead at the most; the rest waits in the log. Default: 256. */
  maxBuffered?: number;
}

/** Which events to read. */
export interface EventQuery extends EventFilter {
  /** Only events after this one, oldest first: an offset, a cursor or an event id. Absent: the newest `limit`. */
  after?: string | number;
  /** Only events before this one. */
  before?: string | number;
  /** How many at the most. Default: 1,000. */
  limit?: number;
}

/** A snapshot of a hub. Counts are since it was opened, sizes as they are now. */
export interface HubStats {
  /** Offset of the next event. */
  head: number;
  /** Offset of the oldest event in memory. */
  first: number;
  /** The next offset that is not acknowledged. */
  durable: number;
  /** Events emitted, by any thread. */
  emitted: number;
  /** Events in memory. */
  windowEvents: number;
  /** Topics known: those of events in memory and of open filters. */
  topics: number;
  ringBytes: number;
  /** Bytes that wait for the ledger. */
  pendingBytes: number;
  /** Emits refused with `ERR_LOG_FULL`. */
  refusedFull: number;
  /** Batches the ledger committed. */
  commits: number;
  /** Bytes the ledger wrote. */
  writtenBytes: number;
  /** Bytes that opening appended from the spool: what an earlier process emitted and had not written. */
  recoveredBytes: number;
  /** Bytes of a torn last line that opening cut off. */
  cutBytes: number;
  /** Whether the ledger failed. */
  failed: boolean;
  /** Whether the ledger waits for room on the disk. */
  stalled: boolean;
  /** Callbacks subscribed in this thread. */
  subscriptions: number;
  /** Async iterators open in this thread. */
  streams: number;
  /** SSE connections of this thread. */
  connections: number;
  /** SSE frames that Node wrote for connections of this thread. */
  frames: number;
  /** Gap events that it wrote. */
  gaps: number;
  /** The WebSockets of this thread. */
  sockets: SocketStats;
  /** The native thread that writes to adopted sockets, of all threads. */
  fanOut: FanOutStats;
  /** How the lines of events that this thread emitted came about. */
  lines: LineStats;
}

/** What the native thread has done since it began; `connections`, `lagging` and `lag` are as they are now. */
export interface FanOutStats {
  connections: number;
  /** Connections whose socket is full. */
  lagging: number;
  /** Events that came after the last one given to the slowest of those, as of a look every 250 ms. */
  lag: number;
  /** Frames handed to sockets. */
  frames: number;
  bytes: number;
  /** Writes made: frames that come together go out together. */
  writes: number;
  /** Times a socket was full. */
  stalls: number;
  /** Connections cut because they were too slow. */
  slow: number;
  /** Gap events sent. */
  gaps: number;
  /** Frames that coalescing skipped. */
  coalesced: number;
  /** Connections that began in the past. */
  resumes: number;
  /** Reads of the past for connections, from memory or disk. */
  catchups: number;
  /**
   * Times from emit to write, one event in 64: samples up to 50, 100, 250, 500, 1000, 2500, 5000, 10,000, 25,000, 50,000,
   * 100,000, 250,000 microseconds, and above.
   */
  latency: number[];
}
