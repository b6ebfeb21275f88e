/** One hub in many threads, which come and go. */
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runFixture } from './run-node.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cortex-workers-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Line {
  readonly by: 'main' | number;
  readonly n: number;
}

async function churn(cycles: number, durability: string): Promise<void> {
  const path = join(directory, 'ledger.ndjson');
  const ended = await runFixture('worker-churn.mjs', path, String(cycles), durability);
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  const { head, mine, seen, workers, reported } = JSON.parse(ended.stdout) as {
    head: number;
    mine: number;
    seen: number;
    workers: number[];
    reported: string[];
  };

  const next = new Map<Line['by'], number>();
  let lines = 0;
  // On a busy machine a worker lives for longer, and the file outgrows a string.
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const { by, n } = JSON.parse(text) as Line;
    const due = next.get(by) ?? 0;
    if (n !== due) expect({ by, n }).toEqual({ by, n: due }); // each thread's events in order, none missing, none twice
    next.set(by, n + 1);
    lines += 1;
  }
  expect(lines).toBe(head);
  expect(next.get('main')).toBe(mine);
  workers.forEach((told, id) => {
    expect(next.get(id)).toBeGreaterThanOrEqual(told);
    expect(told).toBeGreaterThan(20);
  });
  // The main thread's callback has heard of all of them, unless they were overtaken before it had a turn: then it says so.
  expect(['', 'ERR_LOG_CURSOR_EXPIRED']).toContain(reported.join());
  if (reported.length === 0) expect(seen).toBe(head);
  expect(seen).toBeGreaterThan(mine);
}

test('two hundred workers terminated in mid-emit: no crash, no lost event', { timeout: 180_000 }, () =>
  churn(200, 'none'),
);

test.each(['group', 'always'])('workers terminated in mid-emit: %s', { timeout: 60_000 }, (durability) =>
  churn(20, durability),
);

test('hubs of workers end with them, and the next worker finds the ledger whole', async () => {
  const ended = await runFixture('worker-only.mjs', directory);
  expect(ended).toMatchObject({ code: 0, signal: null, stdout: 'done\n', stderr: '' });
  for (const name of ['0', '1', '2', '3']) {
    const lines = readFileSync(join(directory, `${name}.ndjson`), 'utf8')
      .split('\n')
      .slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(
      Array.from({ length: 500 }, (_, n) => n),
    );
  }
});
