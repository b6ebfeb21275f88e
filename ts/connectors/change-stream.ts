/**
 * Changes of the service map on a hub: one event of each kind per change, whatever the number of clients.
 *
 * Types: `status` (the whole map, for clients without a mode), `diff` (a patch), `snapshot` (the whole map, for clients
 * that follow diffs, where no patch can say it).
 */
import { EventHub, type SseResponse } from '../api/index.js';
import { diffServiceMaps, type SignedServiceMap } from './changes.js';

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  Connection: 'keep-alive',
  'X-Accel-Buffering': 'no',
};

const MIB = 1024 ** 2;

/** What a client wants to get for each change. */
export type StreamMode = 'full' | 'diff';

const TYPES: Record<StreamMode, string[]> = { full: ['status'], diff: ['diff', 'snapshot'] };

interface Latest {
  map: SignedServiceMap;
  /** The `status` event as it was sent. */
  line: string;
  /** Offset of the last event of this change. */
  offset: number;
}

export class ChangeStream {
  readonly hub: EventHub;
  #latest: Latest | undefined;

  constructor(heartbeatMs: number) {
    this.hub = EventHub.openSync({
      heartbeatMs,
      maxEvents: 1024,
      ringBytes: 32 * MIB,
      maxLineBytes: 8 * MIB,
    });
  }

  /** Tells of a new map. One whose bytes are as before is no news. */
  publish(body: Buffer, timestamp = new Date().toISOString()): void {
    const map = JSON.parse(body.toString()) as SignedServiceMap;
    const before = this.#latest;
    if (before && before.map.signature === map.signature) return;
    const status = { timestamp, payload: map };
    let offset = this.hub.emit(status, { type: 'status' });
    if (before) {
      const patch = diffServiceMaps(before.map, map);
      offset = patch
        ? this.hub.emit({ timestamp, patch }, { type: 'diff' })
        : this.hub.emit(status, { type: 'snapshot' });
    }
    this.#latest = { map, line: JSON.stringify(status), offset };
  }

  /** Makes a response a stream: what it missed since its `Last-Event-ID`, or the map as it is; then changes. */
  attach(res: SseResponse, mode: StreamMode): void {
    const types = TYPES[mode];
    const { latest, hub } = { latest: this.#latest, hub: this.hub };
    const after = this.#resumable(res, mode);
    if (after !== undefined || !latest) {
      hub.attach(res, { types, after: after ?? hub.head - 1 });
      return;
    }
    res.writeHead?.(200, HEADERS);
    const type = mode === 'full' ? 'status' : 'snapshot';
    res.write(`id: ${hub.cursor(latest.offset)}\nevent: ${type}\ndata: ${latest.line}\n\n`);
    hub.attach(res, { types, after: latest.offset });
  }

  /** The offset to go on after, if everything since is there and worth sending. */
  #resumable(res: SseResponse, mode: StreamMode): number | undefined {
    const header = res.req?.headers?.['last-event-id'];
    const query = new URLSearchParams((res.req?.url ?? '').split('?')[1]).get('lastEventId');
    const token = (Array.isArray(header) ? header[0] : header) || query;
    const prefix = `${this.hub.epoch}-`;
    if (!token?.startsWith(prefix)) return undefined;
    const offset = Number(token.slice(prefix.length));
    const { head, first } = this.hub.stats();
    if (!Number.isInteger(offset) || offset >= head || offset + 1 < first) return undefined;
    // Of whole maps only the last one is worth anything.
    const current = offset >= (this.#latest?.offset ?? 0);
    return mode === 'diff' || current ? offset : undefined;
  }

  close(): Promise<void> {
    return this.hub.close();
  }
}
