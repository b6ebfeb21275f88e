/**
 * Targets are data beside a bench: {case, contender, metric, of: {contender, case?}, atMost | atLeast}. They compare
 * medians of one run, because absolute numbers differ from machine to machine. Without `of` a target is absolute: for
 * bounds that a server promises whatever it runs on.
 */
import { findRow, ratioOf } from './rows.mjs';

/** @returns {{text: string, ratio: number | undefined, met: boolean | undefined}[]} undefined: did not run */
export function judgeTargets(targets, rows) {
  return targets.map((target) => {
    const row = findRow(rows, target.case, target.contender, target.metric);
    const ratio = target.of ? ratioOf(rows, row, target.of) : row?.median;
    return { text: wording(target), ratio, met: ratio === undefined ? undefined : isMet(target, ratio) };
  });
}

function isMet({ atMost, atLeast }, ratio) {
  return atMost === undefined ? ratio >= atLeast : ratio <= atMost;
}

function wording(target) {
  const bound = target.atMost === undefined ? `>= ${target.atLeast}` : `<= ${target.atMost}`;
  const what = `${target.contender} at ${target.case}: ${target.metric} ${bound}`;
  if (!target.of) return what;
  return `${what} x ${target.of.contender}${target.of.case === undefined ? '' : ` at ${target.of.case}`}`;
}

export function targetLines(judged) {
  return judged.map(({ text, ratio, met }) => {
    if (met === undefined) return `not run  ${text}`;
    return `${met ? 'met    ' : 'NOT MET'}  ${text}: ${ratio.toPrecision(3)}`;
  });
}
