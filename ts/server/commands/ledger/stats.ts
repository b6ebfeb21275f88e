import { bar, count, size } from './format.js';
import type { LedgerRun } from './ledger.js';

/** Prints what there is. */
export const showStats: LedgerRun = async (ledger, { json }, terminal) => {
  const stats = await ledger.stats();
  if (json) {
    terminal.out(JSON.stringify(stats));
    return 0;
  }
  terminal.out(
    `${ledger.path}: ${count(stats.events, 'event')}, ${size(stats.bytes)} (${size(stats.storedBytes)} on disk)`,
  );
  terminal.out(
    `epoch ${stats.epoch ?? 'none yet'}, offsets ${stats.oldest} to ${stats.head - 1}, ${stats.clean ? 'closed' : 'in use, or left by a crash'}`,
  );
  for (const segment of stats.segments) {
    const closed =
      segment.closedMs === undefined ? 'open' : `closed ${new Date(segment.closedMs).toISOString()}`;
    const indexed = segment.events === 0 ? 100 : Math.floor((segment.indexed / segment.events) * 100);
    const chain = segment.chained ? ', chained' : '';
    terminal.out(
      `  ${segment.path}: from ${segment.first}, ${count(segment.events, 'event')}, ${size(segment.storedBytes)}, ${closed}, ${indexed}% indexed${chain}`,
    );
  }
  for (const { name, next, damaged } of stats.consumers) {
    const behind = stats.head - Math.max(next, stats.oldest);
    terminal.out(
      `  consumer ${name}: next ${next}, ${behind} behind${damaged ? ', its cursor is damaged' : ''}`,
    );
  }
  return 0;
};

/** Mends what can be. */
export const repairLedger: LedgerRun = async (ledger, { json, key }, terminal) => {
  const mended = await ledger.repair({
    ...(key && { key }),
    onProgress: (done, total) => terminal.progress?.(bar('repairing', done, total)),
  });
  terminal.progress?.('');
  if (json) terminal.out(JSON.stringify(mended));
  else {
    terminal.out(
      `${count(mended.events, 'event')}; list of files and indexes are made anew where they did not fit`,
    );
    if (mended.completedBytes > 0)
      terminal.out(`completed ${size(mended.completedBytes)} that a killed process left`);
    if (mended.cutBytes > 0) terminal.out(`cut ${size(mended.cutBytes)} of a torn last line`);
  }
  return 0;
};
