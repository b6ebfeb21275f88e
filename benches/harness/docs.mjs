/** Publishes a full run: docs/benchmarks/<name>.json, <name>.svg, and the tables in README.md there. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from './env.mjs';
import { rowsJson } from './rows.mjs';
import { chart } from './svg.mjs';
import { markdownTable, tables } from './table.mjs';
import { judgeTargets } from './targets.mjs';

const docsDir = join(repoDir, 'docs', 'benchmarks');

export function publish(bench, result) {
  mkdirSync(docsDir, { recursive: true });
  writeFileSync(join(docsDir, `${bench.name}.json`), rowsJson(result));
  writeFileSync(join(docsDir, `${bench.name}.svg`), chart(bench, result));
  const readme = join(docsDir, 'README.md');
  writeFileSync(readme, withSection(readFileSync(readme, 'utf8'), bench.name, section(bench, result)));
}

/** The text between two markers is replaced, so that prose around the numbers is nobody's to copy. */
export function withSection(document, name, body) {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to < from) return `${document.trimEnd()}\n\n${begin}\n${body}\n${end}\n`;
  return `${document.slice(0, from)}${begin}\n${body}\n${document.slice(to)}`;
}

function section(bench, result) {
  const date = new Date().toISOString().slice(0, 10);
  return [
    `\`npm run bench -- ${bench.name}\`, commit ${result.commit}, ${result.cpu}, Node ${result.node}, ${date}. ` +
      `${bench.rounds} rounds. Numbers: [${bench.name}.json](./${bench.name}.json).`,
    `![${bench.title}](./${bench.name}.svg)`,
    ...tables(bench, result.rows).map(markdownTable),
    targetTable(judgeTargets(bench.targets, result.rows)),
  ].join('\n\n');
}

function targetTable(judged) {
  return markdownTable({
    title: 'Targets',
    header: ['target', 'measured', 'met'],
    lines: judged.map(({ text, ratio, met }) => [
      text,
      ratio === undefined ? '' : ratio.toPrecision(3),
      met === undefined ? 'did not run' : met ? 'yes' : 'no',
    ]),
  });
}
