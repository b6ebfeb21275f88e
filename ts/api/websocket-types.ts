/** The shapes of WebSocket connections. */
import type { AttachOptions } from './attach-types.js';
import type { Gap, GapReason } from './types.js';

/** A listener as both kinds of sockets take it; the event of a message has `data`. */
export type SocketListener = (event: object) => void;

/** The events of a socket that a hub listens to. */
export type SocketEvent = 'open' | 'message' | 'close' | 'error';

/**
 * What a hub needs of a socket. A `WebSocket` of the npm package `ws` has it, and so has every implementation of the
 * standard interface. With `ws` there are pings, one encoded copy of a message for all sockets, and a cut that does not
 * wait for the peer.
 */
export interface EventSocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Bytes that `send` has taken and the network has not. */
  readonly bufferedAmount: number;
  // Methods, not properties: implementations differ in what else they accept.
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: SocketEvent, listener: SocketListener): void;
  removeEventListener(type: SocketEvent, listener: SocketListener): void;
}

/** How a WebSocket connection begins and what it may cost. */
export interface SocketOptions {
  /**
   * Begin after this event: an offset, a cursor or an event id. Default: what the client's first message asks for
   * (`{"resume": "<cursor or id>"}`); without one, the connection begins with the next event after `attachSocket`.
   */
  after?: string | number;
  /**
   * How long events are held back for the client's first message, without `after`. Any first message ends the wait,
   * so `{"resume": null}` is the way of a client without a past. Default: 500. 0: no wait.
   */
  resumeWaitMs?: number;
  /**
   * A socket that has more than this to send waits in the log instead of growing; one read of the log may come on top.
   * Default: 262,144.
   */
  maxBufferedBytes?: number;
  /** After a gap message: `continue` with the oldest event kept (default), go on `live`, or `end` (code 1000). */
  onGap?: AttachOptions['onGap'];
  /**
   * What happens to a socket that takes nothing for the hub's `stallMs`. `disconnect` (default): it is cut, and the
   * client resumes with its cursor. `gap`: it keeps its place for as long as it is connected, and is told by a gap
   * message what is gone when it returns. `coalesce`: as `gap`, and when it catches up, of events read together only the
   * last with the same `coalesceKey` is sent.
   */
  onSlow?: AttachOptions['onSlow'];
  /** Called once, when the connection has ended for whatever reason. */
  onClose?: () => void;
}

/** Counts of one connection. */
export interface SocketSubscriptionStats {
  /** Events sent. */
  messages: number;
  /** Bytes of their messages. */
  bytes: number;
  /** Whether it reads the log by itself, because it resumes or because its socket is full. */
  lagging: boolean;
}

/** One WebSocket connection. */
export interface SocketSubscription {
  /** Unique among the hub's sockets of this thread. */
  readonly id: number;
  readonly closed: boolean;
  /**
   * Follows one more topic from where the connection stands, or one less.
   *
   * @throws ERR_HUB_OPTION_INVALID when the connection follows all topics
   */
  setTopic(topic: string, followed: boolean): void;
  /** Closes the socket behind what it has to send. Default: code 1000. */
  end(code?: number, reason?: string): void;
  stats(): SocketSubscriptionStats;
}

/** What a client gets for an event: one text message of JSON. */
export interface SocketEventMessage {
  /** Resume token. */
  cursor: string;
  topic: string;
  type: string;
  /** The event as it was logged: its line, put in as it is. `null` where the ledger holds a line that is no JSON. */
  event: unknown;
  /** That line. Absent otherwise. */
  line?: string;
}

/** What a client gets where events are missing. `late`: it asked to resume after events had been sent to it. */
export interface SocketGapMessage {
  gap: Omit<Gap, 'reason'> & { reason: GapReason | 'late' };
}

/** Everything a hub sends over a WebSocket. */
export type SocketMessage = SocketEventMessage | SocketGapMessage;

/** The WebSocket connections of one thread. Counts are since the hub was opened. */
export interface SocketStats {
  /** Sockets attached now. */
  connections: number;
  /** Events sent to sockets. */
  messages: number;
  /** Bytes of those messages. */
  bytes: number;
  /** Gap messages sent. */
  gaps: number;
  /** Sockets cut because they took nothing for too long. */
  slow: number;
}
