/** Holds what a killed process left to what it had reported. Throws on the first thing that is not as promised. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EventHub, Ledger } from '@cortex-os/native';
import { eventOf, readReports } from './events.mjs';

/** Copies what the killed process left, so that the next one finds it as it is and recovers it by itself. */
function copyRemains(path, folder) {
  const copy = join(folder, 'verify');
  rmSync(copy, { recursive: true, force: true });
  cpSync(dirname(path), copy, { recursive: true, filter: (source) => !source.endsWith('.lock') });
  return join(copy, basename(path));
}

/** All lines of the ledger as one text: what `cat` makes of its files, or its reader where they are compressed. */
async function textOf(path, ledger, { compress }) {
  if (compress !== undefined) {
    let text = '';
    for await (const { line } of ledger.read()) text += `${line}\n`;
    return text;
  }
  const names = readdirSync(dirname(path)).filter((name) => name.endsWith('.ndjson'));
  return names.sort().reduce((text, name) => text + readFileSync(join(dirname(path), name), 'utf8'), '');
}

/** Every event is proven by the chain of a ledger that has one. */
async function checkChain(ledger, { chain }, head) {
  if (!chain) return;
  const { ok, problem, events, unproven } = await ledger.verify({ ...(chain.key && { key: chain.key }) });
  assert.deepEqual(
    { ok, problem, events, unproven },
    { ok: true, problem: undefined, events: head, unproven: 0 },
  );
}

/** One ledger over several kills. */
export class Verifier {
  #folder;
  #path;
  #bytes = 0;
  #lines = 0;
  #epoch;

  constructor(folder, path) {
    this.#folder = folder;
    this.#path = path;
  }

  /** Checks all that came since the last call; `inPlace` opens the ledger itself, else a copy. Returns counts. */
  async check({ run, threads, reportPath, hub: options }, inPlace) {
    const path = inPlace ? this.#path : copyRemains(this.#path, this.#folder);
    const hub = EventHub.openSync({ ...options, path });
    const { recoveredBytes, cutBytes } = hub.stats();
    const { head, epoch } = hub;
    await hub.close();

    const ledger = await Ledger.open(path);
    await checkChain(ledger, options, head);
    const text = await textOf(path, ledger, options);
    const added = text.slice(this.#bytes);
    assert.ok(added === '' || added.endsWith('\n'), 'the ledger ends with a whole line');
    const lines = added.split('\n').slice(0, -1);
    assert.equal(head, this.#lines + lines.length, 'the hub counts as many events as there are lines');
    const next = this.#checkLines(lines, run, threads);
    const reports = this.#checkReports(lines, readReports(readFileSync(reportPath)), next);

    if (this.#epoch !== undefined && this.#lines > 0) assert.equal(epoch, this.#epoch, 'the epoch is kept');
    this.#epoch = epoch;
    this.#bytes = text.length;
    this.#lines = head;
    return { events: lines.length, ...reports, recoveredBytes, cutBytes };
  }

  /** Every line is the next event of its thread, to the byte. Returns the number of events by thread. */
  #checkLines(lines, run, threads) {
    const next = Array(threads).fill(0);
    for (const [index, line] of lines.entries()) {
      const { thread } = JSON.parse(line);
      assert.equal(line, JSON.stringify(eventOf(run, thread, next[thread])), `line ${this.#lines + index}`);
      next[thread] += 1;
    }
    return next;
  }

  /** What was reported is there, at the offset that was reported. */
  #checkReports(lines, reports, next) {
    const head = this.#lines + lines.length;
    for (const [thread, { count, offset, acknowledged }] of reports.entries()) {
      assert.ok(
        next[thread] >= count,
        `thread ${thread}: ${count} emits had returned, ${next[thread]} are there`,
      );
      assert.ok(acknowledged < head, `offset ${acknowledged} was acknowledged, ${head} events are there`);
      if (count === 0) continue;
      const event = JSON.parse(lines[offset - this.#lines] ?? 'null');
      assert.deepEqual([event?.thread, event?.n], [thread, count - 1], `the event at offset ${offset}`);
    }
    return {
      reported: reports.reduce((sum, { count }) => sum + count, 0),
      acknowledged: reports.reduce(
        (sum, report) => sum + Math.max(0, report.acknowledged + 1 - this.#lines),
        0,
      ),
    };
  }
}
