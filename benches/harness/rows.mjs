/** The rows of a result: one per case, contender and metric, over all rounds. */
import { median, minimum, rounded } from './stats.mjs';

export class Samples {
  #values = new Map();

  /** @param {Record<string, number>} metrics of one round */
  add(caseName, contender, metrics) {
    for (const [metric, value] of Object.entries(metrics)) {
      const key = JSON.stringify([caseName, contender, metric]);
      const values = this.#values.get(key);
      if (values) values.push(value);
      else this.#values.set(key, [value]);
    }
  }

  /** In the order of the bench: cases, then contenders, then metrics. What never ran has no row. */
  rows(bench) {
    const rows = [];
    for (const caseName of bench.cases) {
      for (const contender of bench.contenders) {
        for (const metric of bench.metrics) {
          const values = this.#values.get(JSON.stringify([caseName, contender, metric.name]));
          if (values) rows.push(toRow(caseName, contender, metric, values, Boolean(bench.begin)));
        }
      }
    }
    return rows;
  }
}

/**
 * `min` is the smallest value: the best round of a time, the worst of a rate. What was measured in turns keeps its
 * `values`, one per round: two contenders' values of one round were measured within a moment of each other.
 */
function toRow(caseName, contender, metric, values, inTurns) {
  return {
    case: caseName,
    contender,
    metric: metric.name,
    unit: metric.unit,
    median: rounded(median(values)),
    min: rounded(minimum(values)),
    n: values.length,
    ...(inTurns && { values: values.map(rounded) }),
  };
}

export function findRow(rows, caseName, contender, metric) {
  return rows.find((row) => row.case === caseName && row.contender === contender && row.metric === metric);
}

/** Of a row over the one it is compared with; undefined when either did not run. */
export function ratioOf(rows, row, { contender, case: caseName = row?.case } = {}) {
  const base = findRow(rows, caseName, contender, row?.metric);
  return row && base ? ratio(row, base) : undefined;
}

/** Median over median; where rounds were taken in turns, the median of the ratios of each round. */
export function ratio(row, base) {
  if (!row.values || row.case !== base.case) return row.median / base.median;
  return median(row.values.map((value, round) => value / base.values[round]));
}

/** As JSON, with the values of a row on one line. */
export function rowsJson(result) {
  const text = JSON.stringify(result, null, 2);
  return `${text.replace(/\[[\d\s.,e+-]+\]/g, (list) => list.replace(/\s+/g, ' '))}\n`;
}
