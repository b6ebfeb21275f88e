/** The few statistics the benchmarks report. All of them leave their input as it is. */

const ascending = (values) => Float64Array.from(values).sort();

/** The value below which the share `q` (0 to 1) of the values lies, interpolated between neighbours. */
export function quantile(values, q) {
  if (values.length === 0) throw new RangeError('quantile of no values');
  const sorted = ascending(values);
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

export const median = (values) => quantile(values, 0.5);

export const minimum = (values) => quantile(values, 0);

/** Six significant digits: far finer than any run repeats, and short in a file. */
export const rounded = (value) => Number(value.toPrecision(6));
