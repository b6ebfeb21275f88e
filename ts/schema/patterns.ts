/**
 * Whether V8 matches a pattern in time that grows with the text, and no faster.
 *
 * V8 backtracks: nested or neighbouring repetitions may take exponential or quadratic time on a text made for it.
 * Nothing clever is tried here: at most one repetition without a small bound, not inside a repeated group, and the
 * pattern anchored at the start, or no such repetition at all. Other patterns are matched by the core, which takes
 * linear time for all of them.
 */
export function isHarmless(source: string): boolean {
  const open = source.match(UNBOUNDED)?.length ?? 0;
  if (/\\[1-9k]|\(\?[=!<]/.test(source)) return false;
  if (/\)(?:[*+{?])/.test(source) && /[*+{]/.test(source.replace(/\)\?/g, ')'))) return false;
  // Two bounded repetitions side by side are tried in every combination.
  if ((source.match(/\{\d*,\d+\}/g)?.length ?? 0) > 1) return false;
  return open === 0 || (open === 1 && source.startsWith('^') && !alternates(source));
}

/** `*`, `+`, `{3,}`, `{0,1000}`: what may repeat more than some dozens of times. Escapes and classes may add some; never hide one. */
const UNBOUNDED = /[*+]|\{\d*,\}|\{\d*,\d{3,}\}|\{\d{3,}\}/g;

/** A pattern with alternatives may be anchored in one of them only. */
function alternates(source: string): boolean {
  return source.includes('|');
}
