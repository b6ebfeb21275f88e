/** What the event specs share: events, configurations, a bare response, a reader of real streams. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import {
  type Config,
  DEFAULT_CONFIG,
  type Event,
  type EventType,
  getStatePath,
} from '@cortex-os/native/asbr';
import { vi } from 'vitest';

export function makeEvent(fields: Partial<Event> = {}): Event {
  return {
    id: randomUUID(),
    type: 'StepCompleted',
    taskId: randomUUID(),
    timestamp: new Date().toISOString(),
    ...fields,
  };
}

export function makeEvents(count: number, fields: Partial<Event> = {}): Event[] {
  return Array.from({ length: count }, (_, index) => makeEvent({ step: `step ${index}`, ...fields }));
}

export function configWith(events: Partial<Config['events']> = {}): Config {
  return { ...DEFAULT_CONFIG, events: { ...DEFAULT_CONFIG.events, ...events } };
}

/** The ledger's lines, parsed. */
export async function ledgerEvents(path = getStatePath('ledger.ndjson')): Promise<Event[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

export const idsOf = (events: readonly { id: string }[]) => events.map((event) => event.id);

/** One parsed frame of an event stream. */
export interface Frame {
  id?: string;
  event?: string;
  data?: string;
}

export function parseFrames(text: string): Frame[] {
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((block) => {
      const frame: Frame = {};
      for (const line of block.split('\n')) {
        const [, name, value] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
        if (name) frame[name as keyof Frame] = value ?? '';
      }
      return frame;
    });
}

/** The events among frames, without heartbeats and gaps. */
export function eventsIn(frames: readonly Frame[]): Event[] {
  const special = [undefined, 'heartbeat', 'gap'];
  return frames.filter(({ event }) => !special.includes(event)).map(({ data }) => JSON.parse(data ?? ''));
}

/** A response double with nothing but the five methods that suites give it. */
export function bareResponse() {
  const chunks: string[] = [];
  return {
    chunks,
    text: () => chunks.join(''),
    frames: () => parseFrames(chunks.join('')),
    writeHead: vi.fn((_status: number, _headers: Record<string, string>) => {}),
    write: vi.fn((chunk: string | Uint8Array) => {
      chunks.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      return true;
    }),
    end: vi.fn(),
    status: vi.fn().mockReturnThis(),
    json: vi.fn(),
  };
}

/** Reads a real event stream and lets a test wait for what it is to contain. */
export class StreamReader {
  readonly frames: Frame[] = [];
  response: IncomingMessage | undefined;
  ended = false;
  readonly #request: ClientRequest;
  #rest = '';
  #wake: () => void = () => {};

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#request = get(url, { headers, agent: false }, (response) => {
      this.response = response;
      response.setEncoding('utf8');
      response.on('data', (text: string) => this.#take(text));
      this.#changed();
    });
    this.#request.on('error', () => {});
    this.#request.on('close', () => {
      this.ended = true;
      this.#changed();
    });
  }

  get events(): Event[] {
    return eventsIn(this.frames);
  }

  /** Resolves when the condition holds; the runner's time limit ends a wait in vain. */
  async until(condition: (reader: this) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  opened = () => this.until(({ frames }) => frames.some(({ event }) => event === 'heartbeat'));
  untilEvents = (count: number) => this.until(({ events }) => events.length >= count);

  close(): void {
    this.#request.destroy();
  }

  #take(text: string): void {
    this.#rest += text;
    const end = this.#rest.lastIndexOf('\n\n');
    if (end < 0) return;
    this.frames.push(...parseFrames(this.#rest.slice(0, end)));
    this.#rest = this.#rest.slice(end + 2);
    this.#changed();
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = () => {};
    wake();
  }
}

export const ALL_TYPES: EventType[] = [
  'PlanStarted',
  'StepCompleted',
  'AwaitingApproval',
  'Canceled',
  'Resumed',
  'DeliverableReady',
  'Failed',
];
