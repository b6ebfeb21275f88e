/**
 * A client on a bare TCP socket that believes nothing: it reads the head, the chunks and the frames byte by byte, and
 * remembers the first thing that is wrong with them.
 */
import { connect, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { type Frame, parseFrame } from './frames.js';

export interface RequestOptions {
  path?: string;
  method?: string;
  version?: '1.0' | '1.1';
  headers?: Record<string, string>;
}

/** `clean`: the body was ended as HTTP says. `cut`: the connection went before. */
export type Ending = 'open' | 'clean' | 'cut';

type Part = 'head' | 'size' | 'chunk' | 'raw' | 'between';

export class EventStreamClient {
  readonly socket: Socket;
  head = '';
  frames: Frame[] = [];
  comments = 0;
  ending: Ending = 'open';
  /** The connection itself is gone. */
  closed = false;
  /** What was wrong with the bytes, if anything was. */
  problem: string | undefined;
  /** Called with every event frame as it comes. */
  onFrame: ((frame: Frame) => void) | undefined;
  #part: Part = 'head';
  #rest: Buffer = Buffer.alloc(0);
  #left = 0;
  #text = '';
  #decoder = new StringDecoder('utf8');
  #wake: (() => void)[] = [];

  constructor(port: number, request: RequestOptions | undefined = {}) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (bytes) => this.#take(bytes));
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      if (this.ending === 'open') this.ending = 'cut';
      this.closed = true;
      this.#changed();
    });
    if (request) this.send(request);
  }

  /** Sends a request; on a connection that is kept, the next one. */
  send({ path = '/', method = 'GET', version = '1.1', headers = {} }: RequestOptions = {}): void {
    const lines = Object.entries({ Host: '127.0.0.1', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    this.socket.write(`${method} ${path} HTTP/${version}\r\n${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Forgets the response that was read to its clean end, and reads the next one. */
  next(): void {
    this.head = '';
    this.frames = [];
    this.ending = 'open';
    this.#part = 'head';
    this.#text = '';
    this.#take(Buffer.alloc(0));
  }

  /** Frames that are events, without gaps. */
  get events(): Frame[] {
    return this.frames.filter(({ id }) => id !== undefined);
  }

  get status(): number {
    return Number(this.head.split(' ')[1]);
  }

  /** Resolves once the condition holds; rejects when the bytes are wrong, or the connection has gone instead. */
  async until(condition: (client: this) => boolean): Promise<void> {
    for (;;) {
      if (this.problem !== undefined) throw new Error(this.problem);
      if (condition(this)) return;
      if (this.closed) throw new Error(`closed after ${this.frames.length} frames`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  opened = () => this.until(({ head }) => head !== '');
  untilEvents = (count: number) => this.until(({ events }) => events.length >= count);
  ended = () => this.until(({ ending }) => ending !== 'open');
  gone = () => this.until(({ closed }) => closed);

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #take(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (this.problem === undefined && this.#step());
    this.#changed();
  }

  #step(): boolean {
    switch (this.#part) {
      case 'head':
        return this.#readHead();
      case 'size':
        return this.#readSize();
      case 'chunk':
        return this.#readChunk();
      case 'raw':
        return this.#readRaw();
      case 'between':
        return false;
    }
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    this.head = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 4);
    this.#part = /^transfer-encoding: chunked$/im.test(this.head) ? 'size' : 'raw';
    return true;
  }

  #readSize(): boolean {
    const end = this.#rest.indexOf('\r\n');
    if (end < 0) return false;
    const text = this.#rest.toString('latin1', 0, end);
    if (!/^[0-9a-f]+$/i.test(text)) return this.#wrong(`no chunk size: ${JSON.stringify(text.slice(0, 80))}`);
    this.#left = Number.parseInt(text, 16);
    this.#rest = this.#rest.subarray(end + 2);
    this.#part = 'chunk';
    return true;
  }

  #readChunk(): boolean {
    if (this.#rest.length < this.#left + 2) return false;
    if (this.#rest.toString('latin1', this.#left, this.#left + 2) !== '\r\n')
      return this.#wrong('a chunk does not end where its size says');
    const body = this.#rest.subarray(0, this.#left);
    this.#rest = this.#rest.subarray(this.#left + 2);
    this.#part = this.#left === 0 ? 'between' : 'size';
    if (this.#left > 0) this.#read(body);
    else this.ending = 'clean';
    return true;
  }

  #readRaw(): boolean {
    if (this.#rest.length === 0) return false;
    this.#read(this.#rest);
    this.#rest = Buffer.alloc(0);
    return true;
  }

  #read(body: Buffer): void {
    this.#text += this.#decoder.write(body);
    const end = this.#text.lastIndexOf('\n\n');
    if (end < 0) return;
    for (const block of this.#text.slice(0, end).split('\n\n')) {
      const frame = parseFrame(block);
      if (frame === undefined) this.comments += 1;
      else if (frame.data !== undefined) {
        this.frames.push(frame);
        this.onFrame?.(frame);
      }
    }
    this.#text = this.#text.slice(end + 2);
  }

  #wrong(problem: string): false {
    this.problem = problem;
    return false;
  }
}
