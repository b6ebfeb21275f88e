/** An SSE client that shows everything: frames as the standard reads them, comments, raw text, and when it reads. */
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { Watched } from './waiting.js';

/** One dispatched message, as a browser would see it. */
export interface Frame {
  id?: string;
  /** `message` when the frame names none. */
  event: string;
  data: string;
}

/** What a client has got so far. */
interface Got {
  head: IncomingMessage | undefined;
  text: string;
  frames: Frame[];
  comments: string[];
  retry: number | undefined;
  ended: boolean;
}

/** Splits what may be several blocks into lines, as WHATWG html 9.2.5 does, and enters them. */
function enter(block: string, got: Got): void {
  const data: string[] = [];
  const frame: Partial<Frame> = {};
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (colon === 0) got.comments.push(value);
    else if (name === 'data') data.push(value);
    else if (name === 'id' && !value.includes('\0')) frame.id = value;
    else if (name === 'event') frame.event = value;
    else if (name === 'retry' && /^\d+$/.test(value)) got.retry = Number(value);
  }
  if (data.length > 0) got.frames.push({ event: 'message', ...frame, data: data.join('\n') });
}

export class SseClient {
  readonly #request: ClientRequest;
  readonly #got = new Watched<Got>({
    head: undefined,
    text: '',
    frames: [],
    comments: [],
    retry: undefined,
    ended: false,
  });
  #rest = '';

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#request = get(url, { headers, agent: false }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => this.#take(text));
      response.on('error', () => {}); // cut off by the server: seen by 'close'
      response.on('close', () => this.#change({ ended: true }));
      this.#change({ head: response });
    });
    this.#request.on('error', () => this.#change({ ended: true }));
  }

  get frames(): readonly Frame[] {
    return this.#got.value.frames;
  }

  /** The frames that carry an event, and their events. */
  get events(): { id: string; event: string; data: unknown }[] {
    return this.frames
      .filter(({ id }) => id !== undefined)
      .map(({ id = '', event, data }) => ({ id, event, data: JSON.parse(data) }));
  }

  until(condition: (got: Got) => boolean): Promise<Got> {
    return this.#got.until(condition);
  }

  /** Resolves when the head has come: the connection is attached. */
  async opened(): Promise<IncomingMessage> {
    const { head } = await this.until((got) => got.head !== undefined);
    return head as IncomingMessage;
  }

  async untilFrames(count: number): Promise<readonly Frame[]> {
    return (await this.until(({ frames }) => frames.length >= count)).frames;
  }

  ended(): Promise<Got> {
    return this.until((got) => got.ended);
  }

  /** Stops reading: what the server sends fills the buffers between. */
  async pause(): Promise<void> {
    (await this.opened()).pause();
  }

  async resume(): Promise<void> {
    (await this.opened()).resume();
  }

  close(): void {
    this.#request.destroy();
  }

  #take(text: string): void {
    this.#rest += text;
    this.#change({ text: this.#got.value.text + text });
    for (;;) {
      const end = this.#rest.indexOf('\n\n');
      if (end < 0) return;
      const block = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 2);
      this.#got.change((got) => {
        enter(block, got);
        return got;
      });
    }
  }

  #change(part: Partial<Got>): void {
    this.#got.change((got) => Object.assign(got, part));
  }
}
