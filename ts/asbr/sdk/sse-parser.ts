/** One dispatched event of a stream. */
export interface SseMessage {
  /** The `event` field; `message` when the stream named none. */
  event: string;
  /** The `data` lines, joined by line feeds. */
  data: string;
  /** The last id the stream has sent so far; empty before the first. */
  lastEventId: string;
}

export interface SseParserOptions {
  onMessage: (message: SseMessage) => void;
  /** The stream asks for another reconnection time, in milliseconds. */
  onRetry?: (retryMs: number) => void;
  /** Longest line and longest data of one event, in UTF-16 code units. Default 16 Mi. */
  maxLength?: number;
}

/**
 * Parses an event stream as the WHATWG HTML standard, section 9.2.6, says: lines end with CR, LF or
 * CRLF, a byte order mark at the start is skipped, an empty line dispatches, an event without
 * data is dropped, an id with a NUL is ignored, a block cut off at the end is discarded.
 *
 * Feed it text in pieces of any size. `push` throws a `RangeError` when the stream exceeds
 * `maxLength`; the parser is of no use afterwards.
 *
 * @example
 * ```ts
 * const parser = new SseParser({ onMessage: ({ event, data }) => handle(event, data) });
 * for await (const text of response.body.pipeThrough(new TextDecoderStream())) parser.push(text);
 * ```
 */
export class SseParser {
  readonly #options: SseParserOptions;
  readonly #maxLength: number;
  readonly #lineEnd = /\r\n|\n|\r/g;
  #atStart = true;
  /** The last character was a CR: a LF that comes next belongs to it. */
  #afterCr = false;
  #partialLine: string[] = [];
  #partialLength = 0;
  #eventType = '';
  #dataLines: string[] = [];
  #dataLength = 0;
  #idBuffer = '';
  #lastEventId = '';

  constructor(options: SseParserOptions) {
    this.#options = options;
    this.#maxLength = options.maxLength ?? 16 * 1024 * 1024;
  }

  /** The last id the stream has sent: what to resume after. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** Takes the next piece of the stream and dispatches every event it completes. */
  push(text: string): void {
    if (text === '') return;
    let start = this.#skipPrefix(text);
    this.#afterCr = text.endsWith('\r');
    this.#lineEnd.lastIndex = start;
    for (let end = this.#lineEnd.exec(text); end; end = this.#lineEnd.exec(text)) {
      this.#extendLine(text.slice(start, end.index));
      start = end.index + end[0].length;
      this.#takeLine();
    }
    this.#extendLine(text.slice(start));
  }

  /** Skips a byte order mark before everything and the LF of a CRLF cut in two. */
  #skipPrefix(text: string): number {
    const skip = (this.#atStart && text[0] === '\uFEFF') || (this.#afterCr && text[0] === '\n');
    this.#atStart = false;
    return skip ? 1 : 0;
  }

  #extendLine(piece: string): void {
    if (piece === '') return;
    this.#partialLine.push(piece);
    this.#partialLength += piece.length;
    if (this.#partialLength > this.#maxLength) throw tooLong('line', this.#maxLength);
  }

  #takeLine(): void {
    const line = this.#partialLine.join('');
    this.#partialLine = [];
    this.#partialLength = 0;
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const valueStart = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
    this.#takeField(field, colon < 0 ? '' : line.slice(valueStart));
  }

  #takeField(field: string, value: string): void {
    switch (field) {
      case 'event':
        this.#eventType = value;
        break;
      case 'data':
        this.#dataLines.push(value);
        this.#dataLength += value.length + 1;
        if (this.#dataLength > this.#maxLength) throw tooLong('event', this.#maxLength);
        break;
      case 'id':
        if (!value.includes('\0')) this.#idBuffer = value;
        break;
      case 'retry':
        if (/^[0-9]+$/.test(value)) this.#options.onRetry?.(Number(value));
        break;
      default:
      // The standard: any other field is ignored.
    }
  }

  #dispatch(): void {
    const event = this.#eventType || 'message';
    const lines = this.#dataLines;
    // Emptied before the callback: one that throws must not mix two events.
    this.#eventType = '';
    this.#dataLines = [];
    this.#dataLength = 0;
    this.#lastEventId = this.#idBuffer;
    if (lines.length === 0) return;
    this.#options.onMessage({ event, data: lines.join('\n'), lastEventId: this.#lastEventId });
  }
}

function tooLong(what: string, maxLength: number): RangeError {
  return new RangeError(`Event stream: a ${what} is longer than ${maxLength} characters`);
}
