/**
 * How an event comes into the log: as an object with its line, as a line, or as a document that is checked natively.
 *
 * Every way ends in one raw call with numbers for topic, type, time and key in the port, and in telling the readers of
 * this thread. A refusal is a negative number; {@link Emitter.refuse} makes the error of it for those who throw.
 */

import { native, Refused, raw } from '../native.js';
import { text } from './arguments.js';
import type { Callbacks } from './callbacks.js';
import type { CoalescingKeys } from './coalescing-keys.js';
import type { Followers } from './followers.js';
import { type LineStats, Lines, stringify } from './lines/lines.js';
import { Names } from './names.js';
import type { EmitWhere, EventHubOptions } from './types.js';

/** Who is told of an event in this thread, and what it supersedes. */
export interface EmitterParts {
  readonly callbacks: Callbacks;
  readonly followers: Followers;
  readonly keys: CoalescingKeys | undefined;
}

/** See the module. */
export class Emitter {
  readonly #attachment: number;
  readonly #port: Float64Array;
  readonly #emitLine: (line: string | undefined) => number;
  readonly #emitDocument: (document: Uint8Array | string) => number;
  readonly #topicField: string;
  readonly #typeField: string;
  readonly #now: (() => number) | undefined;
  readonly #lines = new Lines();
  readonly #topics: Names;
  readonly #kinds: Names;
  readonly #keys: CoalescingKeys | undefined;
  readonly #callbacks: Callbacks;
  readonly #followers: Followers;
  #closed = false;

  constructor(attachment: number, options: EventHubOptions, { callbacks, followers, keys }: EmitterParts) {
    this.#attachment = attachment;
    this.#port = raw.port(attachment);
    this.#emitLine = raw.lineEmitter(attachment);
    this.#emitDocument = raw.documentEmitter(attachment);
    this.#topicField = options.topicField ?? 'topic';
    this.#typeField = options.typeField ?? 'type';
    this.#now = options.now;
    this.#topics = new Names((name) => native.hubTopic(attachment, text('topic', name)));
    this.#kinds = new Names((name) => native.hubKind(attachment, text('type', name)));
    this.#keys = keys;
    this.#callbacks = callbacks;
    this.#followers = followers;
  }

  /** How the lines of events came about. */
  lines(): LineStats {
    return this.#lines.stats();
  }

  /** Nothing is taken any more. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Logs an event.
   *
   * @throws ERR_HUB_EVENT_INVALID where JSON.stringify throws
   */
  append(event: unknown, where: EmitWhere | undefined): number {
    const topic = where?.topic ?? topicOf(event, this.#topicField);
    const type = where?.type ?? typeOf(event, this.#typeField);
    const line = this.#lines.of(event, type);
    return this.#put(event, line, this.#lines.quotes, topic, type);
  }

  /** Logs a line as it is. It is parsed where somebody needs more of it than its text: that costs more than all the rest. */
  appendLine(line: string, where: EmitWhere | undefined): number {
    const needed =
      this.#callbacks.size > 0 ||
      this.#keys !== undefined ||
      line.includes(`"${this.#topicField}"`) ||
      line.includes(`"${this.#typeField}"`);
    const event = needed ? parsed(line) : undefined;
    const topic = where?.topic ?? topicOf(event, this.#topicField);
    const type = where?.type ?? typeOf(event, this.#typeField);
    return this.#put(event, line, 0, topic, type);
  }

  #put(event: unknown, line: string | undefined, quotes: number, topic: string, type: string): number {
    // Functions of the caller's come first: one that emits leaves numbers of its own in the port.
    const now = this.#now === undefined ? 0 : this.#now();
    const key = this.#keys === undefined ? 0 : this.#keys.of(event);
    if (this.#closed) return Refused.closed;
    const port = this.#port;
    port[0] = this.#topics.get(topic);
    port[1] = this.#kinds.get(type);
    port[2] = now;
    port[3] = key;
    port[4] = quotes;
    let offset = this.#emitLine(line);
    while (offset === Refused.staleTopic || offset === Refused.unsure) {
      if (offset === Refused.staleTopic) {
        // Once more is enough unless another thread is just clearing unused topics away.
        port[0] = this.#renewed(topic);
      } else {
        this.#lines.doubt();
        line = stringify(event);
        port[4] = 0;
      }
      offset = this.#emitLine(line);
    }
    if (offset >= 0) {
      this.#followers.mark(topic);
      this.#callbacks.emitted(event, offset, topic, type);
    }
    return offset;
  }

  /** Logs a document, checked natively; topic and type are read from it there unless `where` says them. */
  appendDocument(document: Uint8Array | string, where: EmitWhere | undefined): number {
    const now = this.#now === undefined ? 0 : this.#now();
    const key = this.#keys === undefined ? 0 : this.#keys.of(parsed(document));
    if (this.#closed) return Refused.closed;
    const { topic, type } = where ?? {};
    const port = this.#port;
    port[0] = topic === undefined ? -1 : this.#topics.get(topic);
    port[1] = type === undefined ? -1 : this.#kinds.get(type);
    port[2] = now;
    port[3] = key;
    let offset = this.#emitDocument(document);
    while (offset === Refused.staleTopic) {
      if (topic !== undefined) port[0] = this.#renewed(topic);
      offset = this.#emitDocument(document);
    }
    if (offset >= 0) {
      this.#followers.markAll();
      // Callbacks get what they would of another thread's event: parsed from its line, if there are any.
      this.#callbacks.catchUp();
    }
    return offset;
  }

  /** Throws what a refusal of `document` means. */
  refuse(status: number, document: string | Uint8Array | undefined): never {
    if (status === Refused.mismatch) native.hubMismatch(this.#attachment, Buffer.from(document ?? ''));
    // Naming the type again throws what the raw call could not.
    if (status === Refused.typesFull) this.#kinds.get(typeOf(parsed(document ?? ''), this.#typeField));
    native.hubExplain(this.#attachment, status, bytesOf(document));
    throw new Error('unreachable: the call above throws');
  }

  #renewed(topic: string): number {
    this.#topics.forget(topic);
    return this.#topics.get(topic);
  }
}

function bytesOf(line: string | Uint8Array | undefined): number {
  if (typeof line === 'string') return Buffer.byteLength(line);
  return line instanceof Uint8Array ? line.byteLength : 0;
}

function parsed(document: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof document === 'string' ? document : Buffer.from(document).toString());
  } catch {
    return undefined; // what is no JSON is refused where it is appended, or is its writer's word
  }
}

// The same text twice: the engine remembers one name per place of access, and a shared place would see two.
function topicOf(event: unknown, name: string): string {
  if (typeof event !== 'object' || event === null) return '';
  const value = (event as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}

function typeOf(event: unknown, name: string): string {
  if (typeof event !== 'object' || event === null) return '';
  const value = (event as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}
