/**
 * The chart of a result: one panel per case and metric that the bench names, one line per contender, best first. A
 * dot is the median, the faint tick beside it the minimum, the dashed line what the ratios are about. Panels of one
 * metric share their axis. Colours follow the reader's light or dark theme.
 */
import { ratio } from './rows.mjs';
import { axisFor } from './scale.mjs';
import { quantity, ratioText } from './table.mjs';

const WIDTH = 880;
const MARGIN = 28;
const PLOT = { left: 200, right: 650 };
const LINE = 30;
const HEAD = 84;
const PANEL_HEAD = 44;
const PANEL_FOOT = 40;

const STYLE = `
  svg { --card: #ffffff; --ink: #1b1f2a; --soft: #5c6577; --grid: #e4e7ee; --mark: #5a43d6; --halo: #5a43d61f; --dot: #7c879a; }
  @media (prefers-color-scheme: dark) {
    svg { --card: #10131a; --ink: #eceff6; --soft: #9aa5b8; --grid: #272d3a; --mark: #a797ff; --halo: #a797ff26; --dot: #76829a; }
  }
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; fill: var(--ink); }
  .card { fill: var(--card); stroke: var(--grid); }
  .title { font-size: 19px; font-weight: 650; }
  .panel { font-size: 14.5px; font-weight: 620; }
  .soft, .tick { fill: var(--soft); font-size: 12px; }
  .tick { font-size: 11px; text-anchor: middle; }
  .name { text-anchor: end; }
  .value { text-anchor: end; font-variant-numeric: tabular-nums; }
  .ours { font-weight: 650; fill: var(--mark); }
  .grid { stroke: var(--grid); }
  .base { stroke: var(--soft); stroke-dasharray: 3 4; }
  .stem { stroke: var(--dot); stroke-width: 2; opacity: .55; }
  .least { stroke: var(--dot); stroke-width: 2; opacity: .8; }
  .dot { fill: var(--dot); }
  .band { fill: var(--halo); }
  .stem.ours, .least.ours { stroke: var(--mark); }
  .dot.ours { fill: var(--mark); }
`;

export function chart(bench, result) {
  let y = HEAD;
  const panels = bench.panels.map((panel) => {
    const rows = panelRows(result.rows, panel);
    const drawn = rows.length === 0 ? '' : drawPanel(bench, result.rows, panel, rows, y);
    y += rows.length === 0 ? 0 : PANEL_HEAD + rows.length * LINE + PANEL_FOOT;
    return drawn;
  });
  const height = y + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title note">
<style>${STYLE}</style>
<rect class="card" x=".5" y=".5" width="${WIDTH - 1}" height="${height - 1}" rx="12"/>
<text class="title" id="title" x="${MARGIN}" y="40">${asMarkup(bench.title)}</text>
<text class="soft" id="note" x="${MARGIN}" y="61">${asMarkup(`Node ${result.node}, ${result.cpu}, commit ${result.commit}. Dot: median. Tick: minimum.`)}</text>
${panels.join('')}</svg>
`;
}

function panelRows(rows, { case: caseName, metric, better }) {
  const sign = better === 'lower' ? 1 : -1;
  return rows
    .filter((row) => row.case === caseName && row.metric === metric)
    .toSorted((a, b) => sign * (a.median - b.median));
}

function drawPanel(bench, allRows, panel, rows, top) {
  const axis = axisFor(bench.panels.flatMap((other) => panelValues(allRows, panel, other)));
  const x = (value) => round(PLOT.left + axis.at(value) * (PLOT.right - PLOT.left));
  const bottom = top + PANEL_HEAD + rows.length * LINE;
  const { baseline } = bench.metrics.find(({ name }) => name === panel.metric);
  const base = baseline && allRows.find((row) => isBaseline(row, panel, baseline));
  const scaleNote = axis.kind === 'log' ? ', log scale' : '';
  return [
    `<text class="panel" x="${MARGIN}" y="${top + 20}">${asMarkup(panel.title)}<tspan class="soft" dx="10">${panel.better} is better${scaleNote}</tspan></text>`,
    base &&
      `<text class="soft value" x="${WIDTH - MARGIN}" y="${top + 20}">x ${asMarkup(base.contender)}${base.case === panel.case ? '' : ` at ${asMarkup(base.case)}`}</text>`,
    ...axis.ticks.map((tick) => drawTick(x(tick), top + PANEL_HEAD - 6, bottom, tick)),
    base &&
      `<line class="base" x1="${x(base.median)}" x2="${x(base.median)}" y1="${top + PANEL_HEAD - 6}" y2="${bottom}"/>`,
    ...rows.map((row, i) =>
      drawRow(row, top + PANEL_HEAD + i * LINE, x, bench.highlight.includes(row.contender), base),
    ),
    '',
  ]
    .filter((part) => part !== undefined)
    .join('\n');
}

function panelValues(allRows, panel, other) {
  if (other.metric !== panel.metric) return [];
  return panelRows(allRows, other).flatMap(({ median, min }) => [median, min]);
}

function isBaseline(row, panel, { contender, case: caseName = panel.case }) {
  return row.contender === contender && row.case === caseName && row.metric === panel.metric;
}

function drawTick(x, top, bottom, value) {
  return `<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/><text class="tick" x="${x}" y="${bottom + 16}">${shortNumber(value)}</text>`;
}

function drawRow(row, top, x, ours, base) {
  const { contender, median, min, unit } = row;
  const y = top + LINE / 2;
  const mark = ours ? ' ours' : '';
  return [
    ours
      ? `<rect class="band" x="${MARGIN - 12}" y="${top + 1}" width="${WIDTH - 2 * MARGIN + 24}" height="${LINE - 2}" rx="6"/>`
      : '',
    `<text class="name${mark}" x="${PLOT.left - 14}" y="${y + 4.5}">${asMarkup(contender)}</text>`,
    `<line class="stem${mark}" x1="${PLOT.left}" x2="${x(median)}" y1="${y}" y2="${y}"/>`,
    `<line class="least${mark}" x1="${x(min)}" x2="${x(min)}" y1="${y - 6}" y2="${y + 6}"/>`,
    `<circle class="dot${mark}" cx="${x(median)}" cy="${y}" r="5.5"/>`,
    `<text class="value${mark}" x="${WIDTH - MARGIN - 76}" y="${y + 4.5}">${quantity(median)} ${asMarkup(unit)}</text>`,
    base
      ? `<text class="value${mark || ' soft'}" x="${WIDTH - MARGIN}" y="${y + 4.5}">${ratioText(ratio(row, base))}</text>`
      : '',
  ].join('');
}

function shortNumber(value) {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e3 ? `${value / 1e3}k` : String(value);
}

const round = (value) => Math.round(value * 10) / 10;

const asMarkup = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
