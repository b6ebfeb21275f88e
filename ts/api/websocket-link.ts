/** One socket, of `ws` or of the standard interface, as a connection uses it: a handful of verbs that never throw. */
import type { Message } from './websocket-message.js';
import type { EventSocketLike, SocketEvent, SocketListener } from './websocket-types.js';

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;
/** The code of an end without a reason to tell. */
const NORMAL = 1000;

/** What only a socket of `ws` has. */
interface WsSocket extends EventSocketLike {
  send(data: string | Buffer, options?: { binary: boolean }, done?: () => void): void;
  ping(): void;
  terminate(): void;
  /** The TCP or TLS socket. Not in its types; without it messages go out one by one. */
  readonly _socket?: {
    cork?(): void;
    uncork?(): void;
    readonly _handle?: { readonly writeQueueSize?: number } | null;
  } | null;
}

const TEXT = { binary: false };

/** What a connection is told by its socket. */
export interface SocketEvents {
  open(): void;
  close(): void;
  /** The first message of the client; undefined if nobody waits for it. */
  readonly message: ((data: unknown) => void) | undefined;
}

/** See the module. */
export class SocketLink {
  readonly #socket: EventSocketLike;
  readonly #ws: WsSocket | undefined;
  #listeners: [SocketEvent, SocketListener][] = [];

  constructor(socket: EventSocketLike) {
    this.#socket = socket;
    const ws = socket as Partial<WsSocket>;
    const isWs = typeof ws.ping === 'function' && typeof ws.terminate === 'function';
    this.#ws = isWs ? (socket as WsSocket) : undefined;
  }

  /** Listens, and tells at once what has happened before. */
  listen({ open, close, message }: SocketEvents): void {
    this.#on('close', close);
    // Always followed by 'close'; with `ws`, an error that nobody listens to would end the process.
    this.#on('error', () => {});
    if (message !== undefined) {
      const first: SocketListener = (event) => {
        this.#socket.removeEventListener('message', first);
        message((event as { data?: unknown }).data);
      };
      this.#on('message', first);
    }
    const { readyState } = this.#socket;
    if (readyState === CONNECTING) this.#on('open', open);
    else if (readyState === OPEN) open();
    else if (readyState === CLOSED) queueMicrotask(close);
  }

  /** Leaves the socket as it was found. */
  unlisten(): void {
    for (const [event, listener] of this.#listeners) this.#socket.removeEventListener(event, listener);
    this.#listeners = [];
  }

  #on(event: SocketEvent, listener: SocketListener): void {
    this.#socket.addEventListener(event, listener);
    this.#listeners.push([event, listener]);
  }

  get open(): boolean {
    return this.#socket.readyState === OPEN;
  }

  /** Bytes on their way. Falls with every byte that the peer takes, where the socket tells so much. */
  get pending(): number {
    return this.#socket.bufferedAmount + (this.#ws?._socket?._handle?.writeQueueSize ?? 0);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /**
   * Sends messages, in one write where the socket can gather them. `onSent` may be called once the last one has left.
   * False when the socket takes no more messages at all.
   */
  send(messages: readonly Message[], onSent: () => void): boolean {
    try {
      if (this.#ws === undefined) {
        for (const { text } of messages) this.#socket.send(text);
      } else {
        this.#sendGathered(this.#ws, messages, onSent);
      }
      return true;
    } catch {
      return false;
    }
  }

  #sendGathered(ws: WsSocket, messages: readonly Message[], onSent: () => void): void {
    const { _socket: stream } = ws;
    const last = messages.at(-1);
    stream?.cork?.();
    for (const message of messages) ws.send(message.bytes, TEXT, message === last ? onSent : undefined);
    stream?.uncork?.();
  }

  /** Sends one message that is this socket's alone. */
  tell(text: string): boolean {
    try {
      this.#socket.send(text);
      return true;
    } catch {
      return false;
    }
  }

  ping(): void {
    if (this.open) this.#ws?.ping();
  }

  /** Of the standard's codes an application may send 1000 only: for the others its own range stands in, 1001 as 4001. */
  close(code: number, reason: string): void {
    const own = this.#ws === undefined && code > NORMAL && code < 3000 ? code + 3000 : code;
    try {
      this.#socket.close(own, reason);
    } catch {
      this.cut(); // a code that does not exist, or a reason that is too long
    }
  }

  /** Ends the socket without waiting for its peer, where it can. */
  cut(): void {
    if (this.#ws === undefined) this.#socket.close();
    else this.#ws.terminate();
  }
}
