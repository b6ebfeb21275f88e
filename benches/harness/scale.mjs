/** Positions on the axis of a chart: logarithmic when the values differ much, else linear from zero. */

const WORTH_A_LOG_SCALE = 8;
const MAX_TICKS = 7;

/** @returns {{kind: 'log' | 'linear', at: (value: number) => number, ticks: number[]}} at: 0 (left) to 1 (right) */
export function axisFor(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low > 0 && high / low > WORTH_A_LOG_SCALE ? logAxis(low, high) : linearAxis(high);
}

function logAxis(low, high) {
  // The left edge lies below the smallest value: its stem must have a length.
  const [from, to] = [Math.log10(low / 1.6), Math.log10(high * 1.1)];
  const decades = range(Math.floor(from), Math.ceil(to));
  const between = (steps) =>
    decades
      .flatMap((decade) => steps.map((step) => step * 10 ** decade))
      .filter((v) => inside(Math.log10(v), from, to));
  const ticks =
    [[1, 2, 5], [1, 3], [1]].map(between).find((list) => list.length <= MAX_TICKS) ?? between([1]);
  return { kind: 'log', ticks, at: (value) => (Math.log10(value) - from) / (to - from) };
}

function linearAxis(high) {
  const step = [1, 2, 2.5, 5, 10]
    .map((digit) => digit * 10 ** Math.floor(Math.log10(high / 4)))
    .find((s) => high / s <= 5);
  const ticks = range(0, Math.floor(high / step)).map((i) => i * step);
  return { kind: 'linear', ticks, at: (value) => value / (high * 1.05) };
}

const inside = (value, from, to) => value >= from && value <= to;

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
