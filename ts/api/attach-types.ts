/** The shapes of SSE connections. */
import type { EventFilter } from './types.js';

/**
 * What a connection needs of a response. `http.ServerResponse`, Express' and Fastify's raw ones have it all; of a
 * bare double in a test only `write` and `end` are called.
 */
export interface SseResponse {
  write(chunk: string | Uint8Array): boolean | unknown;
  end(): unknown;
  destroy?(): unknown;
  writeHead?(statusCode: number, headers: Record<string, string>): unknown;
  readonly headersSent?: boolean;
  readonly destroyed?: boolean;
  flushHeaders?(): void;
  on?(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
  removeListener?(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
  readonly req?: {
    headers?: Record<string, string | string[] | undefined>;
    url?: string | undefined;
    method?: string | undefined;
    httpVersionMajor?: number;
  };
  readonly socket?: { setTimeout?(ms: number): unknown } | null;
}

/** How a connection begins. */
export interface AttachOptions extends EventFilter {
  /**
   * Begin after this event: an offset, a cursor or an event id. Default: the request's `Last-Event-ID` header, else
   * its `lastEventId` query parameter; without any, the connection begins with the next event.
   */
  after?: string | number;
  /** More headers of the response, or others. */
  headers?: Record<string, string>;
  /**
   * After a gap event: `continue` with the oldest event in memory (default), go on `live` with the next event, or
   * `end` the response.
   */
  onGap?: 'continue' | 'live' | 'end';
  /**
   * How frames reach the socket. `auto` (default): by the native thread where the response allows it (plain HTTP/1.1
   * on Linux or macOS), else by Node. `stream`: by Node. `adopted`: by the native thread, or ERR_HUB_OPTION_INVALID.
   */
  transport?: 'auto' | 'adopted' | 'stream';
  /**
   * What happens when the client reads too slowly and falls out of what is kept, or stalls (adopted sockets only; with
   * `stream` a full socket waits and then reads on from memory, the ledger, or after a gap). `disconnect` (default): the
   * response is cut, and the client resumes with its cursor. `gap`: it skips, and is told by a gap event. `coalesce`: it
   * skips events that a later one with the same `coalesceKey` supersedes.
   */
  onSlow?: 'disconnect' | 'gap' | 'coalesce';
  /** Called once, when the connection has ended for whatever reason. */
  onClose?: () => void;
}

/** Counts of one connection. */
export interface SseSubscriptionStats {
  /** Writes by Node that carried events; one may carry several. The hub's `stats()` count those of the native thread. */
  writes: number;
  /** Bytes of those. */
  bytes: number;
  /** How frames reach the socket. */
  transport: 'adopted' | 'stream';
}

/** One SSE connection. */
export interface SseSubscription {
  /** Unique among the hub's connections of this thread. */
  readonly id: number;
  readonly closed: boolean;
  /**
   * Follows one more topic from the next event on, or one less, so that one connection can serve a whole client.
   *
   * @throws ERR_HUB_OPTION_INVALID when the connection follows all topics
   */
  setTopic(topic: string, followed: boolean): void;
  /** Ends the response. */
  end(): void;
  stats(): SseSubscriptionStats;
}
