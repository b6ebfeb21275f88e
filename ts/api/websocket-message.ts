/**
 * Messages of WebSocket connections. The line of an event is put into its message as the bytes it was logged as: it is
 * not parsed and not stringified again, and the bytes are shared by all sockets that get the message.
 */
import type { EventPage } from '../native.js';
import type { SocketGapMessage } from './websocket-types.js';

const NEWLINE = 0x0a;
const CLOSING_BRACE = 0x7d;

/** One message, encoded once. */
export class Message {
  readonly bytes: Buffer;
  /** Where the event's line stands in it. */
  readonly #lineStart: number;
  #text: string | undefined;

  constructor(head: string, line: Uint8Array) {
    this.#lineStart = Buffer.byteLength(head);
    this.bytes = Buffer.allocUnsafeSlow(this.#lineStart + line.length + 1);
    this.bytes.write(head);
    this.bytes.set(line, this.#lineStart);
    this.bytes[this.bytes.length - 1] = CLOSING_BRACE;
  }

  /** The message as a string, for sockets that take no bytes as text. */
  get text(): string {
    this.#text ??= this.bytes.toString();
    return this.#text;
  }

  /** The event, parsed; undefined where its line is no JSON. */
  get event(): unknown {
    try {
      return JSON.parse(this.bytes.toString('utf8', this.#lineStart, this.bytes.length - 1));
    } catch {
      return undefined;
    }
  }
}

/** Messages that were read together, and the offset to go on from. */
export interface Batch {
  readonly messages: readonly Message[];
  readonly bytes: number;
  readonly next: number;
}

/**
 * The messages of a page. Lines below `foreignBefore` were not emitted by this process: somebody else may have written
 * them, so they are put into a message only if they are JSON.
 */
export function toBatch(page: EventPage, epoch: string, foreignBefore: number): Batch {
  const messages: Message[] = [];
  let start = 0;
  let bytes = 0;
  for (let index = 0; index < page.offsets.length; index += 1) {
    const end = page.lines.indexOf(NEWLINE, start);
    const line = page.lines.subarray(start, end);
    start = end + 1;
    const offset = page.offsets[index] ?? 0;
    const [topic, type] = [JSON.stringify(page.topics[index]), JSON.stringify(page.types[index])];
    const head = `{"cursor":"${epoch}-${offset}","topic":${topic},"type":${type},"event":`;
    const message = offset < foreignBefore && !isJson(line) ? broken(head, line) : new Message(head, line);
    messages.push(message);
    bytes += message.bytes.length;
  }
  return { messages, bytes, next: page.next };
}

/** A batch with only the last of its messages with one key, and all without a key. */
export function coalesced(batch: Batch, keyOf: (event: unknown) => string | undefined): Batch {
  const seen = new Set<string>();
  const messages = batch.messages.toReversed().filter((message) => {
    const key = keyOf(message.event);
    if (key === undefined) return true;
    const last = !seen.has(key);
    seen.add(key);
    return last;
  });
  const bytes = messages.reduce((sum, message) => sum + message.bytes.length, 0);
  return { messages: messages.reverse(), bytes, next: batch.next };
}

/** The message that tells of a gap. */
export function gapMessage(gap: SocketGapMessage['gap']): string {
  return JSON.stringify({ gap } satisfies SocketGapMessage);
}

/** The token that a client's message asks to resume after; undefined when it asks for nothing. */
export function resumeRequest(data: unknown): string | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const { resume } = (JSON.parse(data) ?? {}) as { resume?: unknown };
    return typeof resume === 'string' && resume !== '' ? resume : undefined;
  } catch {
    return undefined; // the application's own message
  }
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}

function broken(head: string, line: Buffer): Message {
  return new Message(`${head}null,"line":`, Buffer.from(JSON.stringify(line.toString())));
}
