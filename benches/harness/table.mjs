/** One table per case: a line per contender; median, minimum and ratio per metric. */
import { findRow, ratioOf } from './rows.mjs';

/** @returns {{title: string, header: string[], lines: string[][]}[]} */
export function tables(bench, rows) {
  return bench.cases
    .map((caseName) => ({
      title: bench.caseTitle(caseName),
      header: ['contender', ...bench.metrics.flatMap(metricHeader)],
      lines: bench.contenders
        .filter((contender) => rows.some((row) => row.case === caseName && row.contender === contender))
        .map((contender) => [
          contender,
          ...bench.metrics.flatMap((m) => cells(rows, caseName, contender, m)),
        ]),
    }))
    .filter(({ lines }) => lines.length > 0);
}

function metricHeader({ name, baseline }) {
  return baseline ? [name, 'min', `x ${baseline.contender}`] : [name, 'min'];
}

function cells(rows, caseName, contender, { name, baseline }) {
  const row = findRow(rows, caseName, contender, name);
  const numbers = row ? [quantity(row.median), quantity(row.min)] : ['', ''];
  if (!baseline) return numbers;
  const ratio = ratioOf(rows, row, baseline);
  return [...numbers, ratio === undefined ? '' : ratioText(ratio)];
}

/** Three digits that mean something, with a comma between thousands: 908, 1,210, 402,000. */
export function quantity(value) {
  return Number(value.toPrecision(value >= 100_000 ? 4 : 3)).toLocaleString('en-US');
}

export function ratioText(ratio) {
  return ratio.toFixed(ratio >= 100 ? 0 : ratio >= 10 ? 1 : 2);
}

export function plainTable({ title, header, lines }) {
  const widths = header.map((head, column) =>
    Math.max(head.length, ...lines.map((line) => line[column].length)),
  );
  const aligned = (line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return [title, aligned(header), ...lines.map(aligned)].join('\n');
}

export function markdownTable({ title, header, lines }) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return [
    `**${title}**`,
    '',
    row(header),
    row(header.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...lines.map(row),
  ].join('\n');
}
