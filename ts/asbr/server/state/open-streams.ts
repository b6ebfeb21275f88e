import type { Request, Response } from 'express';
import { endStream } from '../../events/sse-stream.js';

const AUTO_CLOSE_AFTER_MS = 50;

/** One event stream that a client has open. */
export interface OpenStream {
  ended: boolean;
  /** Ends the stream where it comes from, and with it the response; set once it has begun. */
  detach?: () => void;
}

/** The event streams of one server, so that they can be ended before it stops listening. */
export class OpenStreams {
  readonly #ends = new Set<() => void>();
  readonly #autoClose: boolean | undefined;

  /** @param autoClose end each stream after 50 ms; undefined asks the environment and the client */
  constructor(autoClose: boolean | undefined) {
    this.#autoClose = autoClose;
  }

  get size(): number {
    return this.#ends.size;
  }

  add(req: Request, res: Response): OpenStream {
    const stream: OpenStream = { ended: false };
    let timer: NodeJS.Timeout | undefined;
    const forget = () => {
      clearTimeout(timer);
      this.#ends.delete(end);
      stream.ended = true;
    };
    const end = () => {
      forget();
      if (stream.detach) stream.detach();
      else endStream(res);
    };
    this.#ends.add(end);
    if (this.#autoClose ?? looksLikeTest(req)) timer = setTimeout(end, AUTO_CLOSE_AFTER_MS);
    // A response says when its connection is gone; a bare one leaves that to the request.
    (typeof res.on === 'function' ? res : req).on('close', forget);
    return stream;
  }

  endAll(): void {
    for (const end of this.#ends) end();
  }
}

/** Test clients wait for the end of a response, which an event stream does not have. */
function looksLikeTest(req: Request): boolean {
  if (process.env.NODE_ENV === 'test') return true;
  if (String(req.headers['user-agent'] ?? '').includes('supertest')) return true;
  return String(req.headers.accept ?? '').includes('text/event-stream') && process.env.VITEST !== undefined;
}
