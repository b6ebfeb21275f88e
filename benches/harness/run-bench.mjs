/**
 * Runs one benchmark: proof of equal outputs first, then rounds in rotated order, then rows. A quick run is the proof
 * alone, with the few numbers that come with it.
 *
 * A benchmark with `measure` starts each contender anew for each round. One with `begin` has all contenders of a case
 * alive and warm at once, and a round gives each of them a turn of milliseconds: a machine that changes its speed
 * from second to second then changes it for all of them.
 */
import { describeMachine } from './env.mjs';
import { rotated } from './rotate.mjs';
import { Samples } from './rows.mjs';
import { openScratch } from './scratch.mjs';
import { ContenderProcess } from './spawn.mjs';

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
    const start = (mode, [caseName, contender]) => {
      const job = { ...bench.job(caseName, contender, mode), case: caseName, contender, mode };
      return new ContenderProcess(benchUrl, job, scratch.dir);
    };
    const samples = new Samples();
    const proven = pairs.filter(([caseName]) => bench.proofCases?.includes(caseName) ?? true);
    for (const pair of proven) {
      const measured = await measureOnce(start('proof', pair));
      if (options.quick) samples.add(...pair, measured);
    }
    log(`${bench.name}: ${proven.length} outputs are equal to the reference`);
    const rounds = options.quick ? 0 : (options.rounds ?? bench.rounds);
    if (bench.begin && rounds > 0) await inTurns(bench, pairs, rounds, start, samples, log);
    else await inRounds(bench, pairs, rounds, start, samples, log);
    return { result: { bench: bench.name, ...machine, rows: samples.rows(bench) }, skipped };
  } finally {
    scratch.remove();
  }
}

async function measureOnce(contender) {
  try {
    await contender.ready();
    const measured = await contender.turn();
    await contender.end();
    return measured;
  } finally {
    await contender.remove();
  }
}

async function inRounds(bench, pairs, rounds, start, samples, log) {
  for (let round = 0; round < rounds; round += 1) {
    for (const caseName of bench.cases) {
      for (const pair of rotated(ofCase(pairs, caseName), round)) {
        samples.add(...pair, await measureOnce(start('full', pair)));
      }
    }
    log(`${bench.name}: round ${round + 1} of ${rounds}`);
  }
}

async function inTurns(bench, pairs, rounds, start, samples, log) {
  for (const caseName of bench.cases) {
    const contenders = [];
    try {
      for (const pair of ofCase(pairs, caseName)) {
        const contender = start('full', pair);
        contenders.push({ pair, contender });
        await contender.ready();
      }
      for (let round = 0; round < rounds; round += 1) {
        for (const { pair, contender } of rotated(contenders, round)) {
          samples.add(...pair, await contender.turn());
        }
      }
      for (const { contender } of contenders) await contender.end();
    } finally {
      for (const { contender } of contenders) await contender.remove();
    }
    log(`${bench.name}: ${caseName}, ${rounds} turns each`);
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

const ofCase = (pairs, caseName) => pairs.filter(([name]) => name === caseName);
