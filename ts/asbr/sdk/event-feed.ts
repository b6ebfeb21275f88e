import { ASBRError } from '../types/index.js';
import { isTemporary } from './request-error.js';
import { type SseMessage, SseParser } from './sse-parser.js';

const maxBackoffMs = 30_000;

export interface EventFeedOptions {
  /** Opens the stream; resolves with a successful response. */
  connect: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;
  onMessage: (message: SseMessage) => void;
  /** A connection was lost; `final` says that no other one will be tried. */
  onError: (error: unknown, final: boolean) => void;
}

/**
 * One event stream that stays connected until it is closed. After a loss it resumes behind the
 * last event, first after a second (or the stream's `retry`), then after twice as long each
 * time up to 30 s; whatever arrives sets the wait back. A refusal that will not change (most
 * 4xx, another content type, 204) ends the feed.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #closing = new AbortController();
  #lastEventId = '';
  #retryMs = 1_000;
  #failures = 0;

  constructor(options: EventFeedOptions) {
    this.#options = options;
    void this.#run();
  }

  /** Ends the stream and any wait for a new one; nothing is delivered afterwards. */
  close(): void {
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#readStream(signal);
      } catch (error) {
        if (signal.aborted) return;
        const final = !isTemporary(error);
        this.#options.onError(error, final);
        if (final) return;
      }
      await wait(this.#nextWaitMs(), signal);
    }
  }

  async #readStream(signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (this.#lastEventId) headers['Last-Event-ID'] = this.#lastEventId;
    const response = await this.#options.connect(headers, signal);
    const body = bodyOfStream(response);

    const parser = new SseParser({
      onMessage: (message) => {
        if (!signal.aborted) this.#options.onMessage(message);
      },
      onRetry: (retryMs) => {
        this.#retryMs = Math.min(retryMs, maxBackoffMs);
      },
    });
    // The parser skips the byte order mark itself; the decoder must leave it there.
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for await (const bytes of body) {
      this.#failures = 0;
      parser.push(decoder.decode(bytes, { stream: true }));
      this.#lastEventId = parser.lastEventId || this.#lastEventId;
    }
  }

  #nextWaitMs(): number {
    const waitMs = Math.min(this.#retryMs * 2 ** this.#failures, maxBackoffMs);
    this.#failures += 1;
    return waitMs;
  }
}

function bodyOfStream(response: Response): AsyncIterable<Uint8Array> {
  const type = response.headers.get('content-type') ?? '';
  if (response.status === 204 || !response.body || !/^text\/event-stream\b/i.test(type)) {
    response.body?.cancel().catch(() => undefined);
    const found = response.status === 204 ? '204 No Content' : type || 'no content type';
    throw new ASBRError(`Event stream expected, got ${found}`, 'EVENT_STREAM_INVALID', 400);
  }
  return response.body as AsyncIterable<Uint8Array>;
}

function wait(timeMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeMs);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
