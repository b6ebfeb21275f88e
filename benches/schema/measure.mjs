/**
 * One case of one contender: first the proof that its verdicts, copies and errors are those of zod 3, then the clock.
 *
 * It is warm when it has run for `warmUpMs`, like a server that has been up for a while, and a turn is as many calls
 * as fit into `turnMs`. Values change from call to call, so that no call site sees one object for ever.
 */
import { makeCase } from './cases.mjs';
import { prove } from './proof.mjs';

export async function beginSchema({ case: caseName, contender: name, mode, warmUpMs, turnMs }) {
  const { open } = await import(`./contenders/${name}.mjs`);
  if (mode === 'proof') await prove(caseName, open);
  const work = makeCase(caseName, open);
  const calls = warmUp(work, warmUpMs, turnMs);
  return {
    turn: () => ({ ns: timed(work, calls) / (calls * work.valuesPerCall) }),
    end: () => work.close?.(),
  };
}

/** Runs until the compiler has seen enough, and says how many calls fit into a turn. */
function warmUp(work, forMs, turnMs) {
  let calls = 1;
  for (let spentNs = 0; ; ) {
    const ns = timed(work, calls);
    spentNs += ns;
    if (spentNs > forMs * 1e6) return Math.max(1, Math.round((calls * turnMs * 1e6) / ns));
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
