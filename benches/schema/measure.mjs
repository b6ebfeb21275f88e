/**
 * One case of one contender: first the proof that its verdicts, copies and errors are those of zod 3, then the clock.
 *
 * The work is repeated in slices of a few milliseconds and the median slice counts: on a shared machine some of
 * them are interrupted. Values change from call to call, so that no call site sees one object for ever.
 */
import { makeCase } from './cases.mjs';
import { prove } from './proof.mjs';

const SLICES = 15;

export async function measureSchema({ case: caseName, contender: name, mode, warmUpMs, budgetMs }) {
  const { open } = await import(`./contenders/${name}.mjs`);
  if (mode === 'proof') await prove(caseName, open);
  const work = makeCase(caseName, open);
  try {
    const sliceCalls = warmUp(work, warmUpMs, budgetMs / SLICES);
    const slices = Array.from(
      { length: SLICES },
      () => timed(work, sliceCalls) / (sliceCalls * work.valuesPerCall),
    );
    work.assertAll?.();
    return { ns: slices.sort((a, b) => a - b)[SLICES >> 1] };
  } finally {
    await work.close?.();
  }
}

/** Runs until the compiler has seen enough, and says how many calls fit into a slice. */
function warmUp(work, forMs, sliceMs) {
  let calls = 1;
  for (let spentNs = 0; ; ) {
    const ns = timed(work, calls);
    spentNs += ns;
    if (spentNs > forMs * 1e6) return Math.max(1, Math.round((calls * sliceMs * 1e6) / ns));
    if (ns < 5e6) calls *= 2;
  }
}

function timed({ call }, calls) {
  let answered = 0;
  const before = process.hrtime.bigint();
  for (let i = 0; i < calls; i += 1) {
    if (call(i)) answered += 1;
  }
  const ns = Number(process.hrtime.bigint() - before);
  if (answered !== calls) throw new Error(`${calls - answered} of ${calls} calls gave another answer`);
  return ns;
}
