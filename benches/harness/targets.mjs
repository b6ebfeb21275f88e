/**
 * Targets are data beside a bench: {case, contender, metric, of: {contender, case?}, atMost | atLeast}. They compare
 * medians of one run, because absolute numbers differ from machine to machine.
 */
import { findRow, ratioOf } from './rows.mjs';

/** @returns {{text: string, ratio: number | undefined, met: boolean | undefined}[]} undefined: did not run */
export function judgeTargets(targets, rows) {
  return targets.map((target) => {
    const ratio = ratioOf(rows, findRow(rows, target.case, target.contender, target.metric), target.of);
    return { text: wording(target), ratio, met: ratio === undefined ? undefined : isMet(target, ratio) };
  });
}

function isMet({ atMost, atLeast }, ratio) {
  return atMost === undefined ? ratio >= atLeast : ratio <= atMost;
}

function wording(target) {
  const bound = target.atMost === undefined ? `>= ${target.atLeast}` : `<= ${target.atMost}`;
  const place = target.of.case === undefined ? '' : ` at ${target.of.case}`;
  return `${target.contender} at ${target.case}: ${target.metric} ${bound} x ${target.of.contender}${place}`;
}

export function targetLines(judged) {
  return judged.map(({ text, ratio, met }) => {
    if (met === undefined) return `not run  ${text}`;
    return `${met ? 'met    ' : 'NOT MET'}  ${text}: ${ratio.toPrecision(3)}`;
  });
}
