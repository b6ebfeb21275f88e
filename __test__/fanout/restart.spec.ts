/** The process is killed in the middle of everything and started again: readers go on where they were. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { test } from './emitting-process.js';
import { EventStreamClient } from './event-stream-client.js';
import { expectNumbers, type Frame, numberOf, offsetOf } from './frames.js';

/** Reads on through every cut and restart until event number `last`. */
async function follow(port: () => number, last: number, onProgress: (frames: Frame[]) => void) {
  const frames: Frame[] = [];
  let connections = 0;
  for (;;) {
    const after = frames.at(-1)?.id;
    const client = new EventStreamClient(port(), {
      headers: after === undefined ? {} : { 'Last-Event-ID': after },
    });
    client.onFrame = (frame) => {
      frames.push(frame);
      onProgress(frames);
    };
    // Refused connections close at once; both are reasons to try again.
    await client.until(
      ({ closed }) => closed || (frames.length > 0 && numberOf(frames.at(-1) ?? {}) >= last),
    );
    client.socket.destroy();
    connections += 1;
    if (frames.length > 0 && numberOf(frames.at(-1) ?? {}) >= last) return { frames, connections };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test.for([
  { from: 'memory', maxEvents: 65_536 },
  { from: 'the ledger', maxEvents: 50 },
])(
  'every event once and in order across SIGKILLs, from $from',
  { timeout: 60_000 },
  async ({ maxEvents }, { start, ledgerPath }) => {
    const KILLS = 4;
    const LAST = 20_000;
    const options = { path: ledgerPath, maxEvents, last: LAST };
    let process = await start(options);
    const { port } = process;
    let furthest = 0;
    let passed: () => void = () => {};
    let goal = 0;
    const onProgress = (frames: Frame[]) => {
      furthest = Math.max(furthest, numberOf(frames.at(-1) ?? {}));
      if (furthest >= goal) passed();
    };
    const readers = [0, 1, 2].map(() => follow(() => port, LAST, onProgress));
    for (let kill = 1; kill <= KILLS; kill++) {
      // Somewhere in the middle of what comes.
      goal = Math.floor((LAST * kill) / (KILLS + 2));
      await new Promise<void>((resolve) => {
        passed = resolve;
        if (furthest >= goal) resolve();
      });
      await process.kill();
      process = await start({ ...options, port });
      expect(process.head).toBeGreaterThan(furthest); // what a reader saw is never given out again
    }
    const lines = new Map<number, string>();
    for (const { frames, connections } of await Promise.all(readers)) {
      expect(frames.filter(({ event }) => event === 'gap')).toEqual([]);
      const first = numberOf(frames[0] ?? {});
      expectNumbers(frames, first, LAST - first + 1);
      expect(connections).toBeGreaterThan(KILLS);
      for (const frame of frames) {
        expect(offsetOf(frame)).toBe(numberOf(frame));
        const known = lines.get(numberOf(frame)) ?? frame.data ?? '';
        if (known !== frame.data) expect(frame.data).toBe(known);
        lines.set(numberOf(frame), known);
      }
    }
    // What was seen is what was kept.
    const ledger = (await readFile(ledgerPath, 'utf8')).split('\n');
    const differing = [...lines].filter(([n, line]) => n < ledger.length - 1 && ledger[n] !== line);
    expect(differing).toEqual([]);
  },
);
