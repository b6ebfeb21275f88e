/** What specs of the ledger's files share. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventHub } from '@cortex-os/native';

export const BASE_MS = Date.parse('2026-01-01T00:00:00Z');

/** Event number `n`: one of three topics and two types, a second after the one before. */
export const eventOf = (n: number) => ({
  id: `id-${n}`,
  topic: `t${n % 3}`,
  type: `k${n % 2}`,
  timestamp: new Date(BASE_MS + n * 1000).toISOString(),
  n,
});

/** Emits events from `from` up to `to`, and waits until they are durable. */
export async function emitMany(hub: EventHub, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 1) {
    hub.emit(eventOf(n));
    if (n % 25 === 0) await hub.flush();
  }
  await hub.flush();
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Waits for what a thread in the background brings about; the runner's time limit ends a wait in vain. */
export async function settled(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(5);
}
