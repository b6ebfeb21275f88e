/** The shapes of SSE connections. */
import type { EventFilter } from './types.js';

/**
 * What a connection needs of a response. `http.ServerResponse`, Express' and Fastify's raw ones have it all; of a
 * bare double in a test only `write` and `end` are called.
 */
export interface SseResponse {
  write(chunk: string | Uint8Array): boolean | unknown;
  end(): unknown;
  writeHead?(statusCode: number, headers: Record<string, string>): unknown;
  readonly headersSent?: boolean;
  readonly destroyed?: boolean;
  flushHeaders?(): void;
  on?(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
  removeListener?(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
  readonly req?: { headers?: Record<string, string | string[] | undefined>; url?: string | undefined };
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
  /** Called once, when the connection has ended for whatever reason. */
  onClose?: () => void;
}

/** Counts of one connection. */
export interface SseSubscriptionStats {
  /** Writes that carried events; one may carry several events. */
  writes: number;
  /** Bytes of frames written. */
  bytes: number;
  /** How frames reach the socket. */
  transport: 'stream';
}

/** One SSE connection. */
export interface SseSubscription {
  /** Unique among the hub's connections of this thread. */
  readonly id: number;
  readonly closed: boolean;
  /** Ends the response. */
  end(): void;
  stats(): SseSubscriptionStats;
}
