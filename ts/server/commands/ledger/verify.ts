import { bar, count } from './format.js';
import type { LedgerRun } from './ledger.js';

const WORDS = {
  altered: 'was altered',
  missing: 'is missing',
  added: 'was added',
  reordered: 'is out of order',
  chain: 'has no sound record: the chain was changed or lost there',
  anchor: 'is the end of an anchor that is not of this chain',
};

/** Holds the lines against the chain. */
export const verifyLedger: LedgerRun = async (ledger, { json, key, anchors }, terminal) => {
  const began = Date.now();
  const found = await ledger.verify({
    ...(key && { key }),
    anchors,
    onProgress: (done, total) => terminal.progress?.(bar('verifying', done, total)),
  });
  terminal.progress?.('');
  const seconds = (Date.now() - began) / 1000;
  const proven = found.events > 0 || found.segments > 0;
  if (json) terminal.out(JSON.stringify({ ...found, seconds }));
  else if (found.problem) {
    terminal.out(
      `event ${found.problem.offset} ${WORDS[found.problem.kind]}; ${count(found.events, 'event')} before are sound`,
    );
  } else if (!proven) {
    terminal.out('the ledger has no hash chain; open it with the option chain to begin one');
  } else {
    terminal.out(
      `${count(found.events, 'event')} in ${count(found.batches, 'batch', 'batches')} are as they were written`,
    );
  }
  if (!json) {
    if (found.recovered > 0)
      terminal.out(`${count(found.recovered, 'event')} had been taken up after a crash`);
    if (found.unproven > 0)
      terminal.out(`${count(found.unproven, 'event')} at the end are not in the chain yet`);
    if (found.unchained > 0) terminal.out(`${count(found.unchained, 'event')} are older than the chain`);
  }
  return found.ok && proven ? 0 : 1;
};
