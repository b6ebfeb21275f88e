/**
 * How a WebSocket connection comes to its first event: at once where the server says from where, else after the client's
 * first message, or after a wait for it.
 */
import type { Start } from './resume.js';
import { resumeRequest } from './websocket-message.js';
import type { SocketOptions } from './websocket-types.js';

const DEFAULT_RESUME_WAIT_MS = 500;

/** The connection, as its opening needs it. */
export interface Opened {
  readonly closed: boolean;
  /** The offset at which it was attached. */
  readonly attachedAt: number;
  locate(token: string | number): Start | Promise<Start>;
  begin(start: Start): void;
  /** The client asked to resume after the connection had begun. */
  resumeLate(token: string, start: Start): void;
  /** The past cannot be asked. */
  fail(): void;
}

/** See the module. */
export class Opening {
  readonly #connection: Opened;
  readonly #options: SocketOptions;
  #begun = false;
  #wait: NodeJS.Timeout | undefined;

  constructor(connection: Opened, options: SocketOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** The socket is open. */
  open(): void {
    const { after, resumeWaitMs = DEFAULT_RESUME_WAIT_MS } = this.#options;
    if (this.#connection.closed || this.#begun) return;
    if (after !== undefined) this.#resume(after);
    else if (resumeWaitMs === 0) this.#beginHere();
    else this.#wait = setTimeout(() => this.#beginHere(), resumeWaitMs);
  }

  /** The client's first message. */
  message(data: unknown): void {
    if (this.#connection.closed) return;
    const token = resumeRequest(data);
    if (!this.#begun) {
      clearTimeout(this.#wait);
      if (token === undefined) this.#beginHere();
      else this.#resume(token);
    } else if (token !== undefined) {
      this.#located(token, (start) => this.#connection.resumeLate(token, start));
    }
  }

  cancel(): void {
    clearTimeout(this.#wait);
  }

  #beginHere(): void {
    this.#begun = true;
    this.#connection.begin({ from: this.#connection.attachedAt });
  }

  #resume(token: string | number): void {
    this.#begun = true;
    this.#located(token, (start) => this.#connection.begin(start));
  }

  #located(token: string | number, then: (start: Start) => void): void {
    const start = this.#connection.locate(token);
    if (!(start instanceof Promise)) {
      then(start);
      return;
    }
    start.then(
      (found) => {
        if (!this.#connection.closed) then(found);
      },
      () => this.#connection.fail(),
    );
  }
}
