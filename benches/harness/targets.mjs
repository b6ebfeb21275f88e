/**
 * Targets are data beside a bench: {case, contender, metric, of: {contender, case?}, atMost | atLeast}. They compare
 * medians of one run, because absolute numbers differ from machine to machine. Without `of` the bound is about the
 * median itself: for counts and bytes, which are the same everywhere.
 */
import { findRow, ratioOf } from './rows.mjs';

/** @returns {{text: string, ratio: number | undefined, met: boolean | undefined}[]} undefined: did not run */
export function judgeTargets(targets, rows) {
  return targets.map((target) => {
    const row = findRow(rows, target.case, target.contender, target.metric);
    const ratio = target.of === undefined ? row?.median : ratioOf(rows, row, target.of);
    return { text: wording(target), ratio, met: ratio === undefined ? undefined : isMet(target, ratio) };
  });
}

function isMet({ atMost, atLeast }, ratio) {
  return atMost === undefined ? ratio >= atLeast : ratio <= atMost;
}

function wording(target) {
  const bound = target.atMost === undefined ? `>= ${short(target.atLeast)}` : `<= ${short(target.atMost)}`;
  if (target.of === undefined) return `${target.contender} at ${target.case}: ${target.metric} ${bound}`;
  const place = target.of.case === undefined ? '' : ` at ${target.of.case}`;
  return `${target.contender} at ${target.case}: ${target.metric} ${bound} x ${target.of.contender}${place}`;
}

export function targetLines(judged) {
  return judged.map(({ text, ratio, met }) => {
    if (met === undefined) return `not run  ${text}`;
    return `${met ? 'met    ' : 'NOT MET'}  ${text}: ${ratio.toPrecision(3)}`;
  });
}

const short = (bound) => Number(bound.toPrecision(3));
