/** Holds what a killed process left to what it had reported. Throws on the first thing that is not as promised. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EventHub } from '@cortex-os/native';
import { eventOf, readReports } from './events.mjs';

/** Copies what the killed process left, so that the next one finds it as it is and recovers it by itself. */
function copyRemains(path, folder) {
  const copy = join(folder, 'verify.ndjson');
  for (const suffix of ['', '.meta', '.spool']) {
    rmSync(copy + suffix, { force: true });
    try {
      copyFileSync(path + suffix, copy + suffix);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error; // killed before it was made
    }
  }
  return copy;
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

    const text = readFileSync(path, 'utf8');
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
