/**
 * Runs one benchmark: proof of equal outputs first, then rounds in rotated order, then rows. A quick run is the proof
 * alone, with the few numbers that come with it.
 */
import { describeMachine } from './env.mjs';
import { rotated } from './rotate.mjs';
import { Samples } from './rows.mjs';
import { openScratch } from './scratch.mjs';
import { measureInChild } from './spawn.mjs';

/**
 * @param {object} bench the default export of a .bench.mjs file
 * @param {string} benchUrl its address, for the child processes
 * @param {{quick?: boolean, rounds?: number, cases?: string[], contenders?: string[], log?: (text: string) => void}} options
 * @returns {Promise<{result: object, skipped: {contender: string, reason: string}[]}>}
 */
export async function runBench(bench, benchUrl, options = {}) {
  const log = options.log ?? (() => {});
  const skipped = (await bench.prepare?.()) ?? [];
  const pairs = pairsToRun(bench, options, skipped);
  const scratch = openScratch();
  const machine = describeMachine();
  try {
    const measure = (mode, [caseName, contender]) =>
      measureInChild(
        benchUrl,
        { ...bench.job(caseName, contender, mode), case: caseName, contender, mode },
        scratch.dir,
      );
    const samples = new Samples();
    const proven = pairs.filter(([caseName]) => bench.proofCases?.includes(caseName) ?? true);
    for (const pair of proven) {
      const measured = await measure('proof', pair);
      if (options.quick) samples.add(...pair, measured);
    }
    log(`${bench.name}: ${proven.length} outputs are equal to the reference`);
    const rounds = options.quick ? 0 : (options.rounds ?? bench.rounds);
    for (let round = 0; round < rounds; round += 1) {
      for (const pair of rotatedWithinCases(bench, pairs, round)) {
        samples.add(...pair, await measure('full', pair));
      }
      log(`${bench.name}: round ${round + 1} of ${rounds}`);
    }
    return { result: { bench: bench.name, ...machine, rows: samples.rows(bench) }, skipped };
  } finally {
    scratch.remove();
  }
}

/** [case, contender], without what was not asked for, cannot run here or does not take part in the case. */
function pairsToRun(bench, { cases = [], contenders = [] }, skipped) {
  assertKnown('case', cases, bench.cases);
  assertKnown('contender', contenders, bench.contenders);
  const chosen = (list, wanted) => list.filter((name) => wanted.length === 0 || wanted.includes(name));
  return chosen(bench.cases, cases).flatMap((caseName) =>
    chosen(bench.contenders, contenders)
      .filter((contender) => !skipped.some((one) => one.contender === contender))
      .filter((contender) => bench.job(caseName, contender, 'proof') !== undefined)
      .map((contender) => [caseName, contender]),
  );
}

function assertKnown(what, names, known) {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`no ${what} "${unknown}"; there are: ${known.join(', ')}`);
}

function rotatedWithinCases(bench, pairs, round) {
  return bench.cases.flatMap((caseName) =>
    rotated(
      pairs.filter(([name]) => name === caseName),
      round,
    ),
  );
}
