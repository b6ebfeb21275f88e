/** docs/durability.md proves each of its cells by a test: those tests are there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './root.js';

const page = readFileSync(join(root, 'docs/durability.md'), 'utf8').replace(/\n +/g, ' ');

/** Each file with the titles that follow its name, up to the next file or the end of the line. */
const named = [
  ...page.matchAll(/`([\w./-]+\.(?:spec\.ts|rs))`: ((?:(?!`[\w./-]+\.(?:spec\.ts|rs)`)[^\n])*)/g),
].map(([, file = '', text = '']) => ({
  file,
  titles: [...text.matchAll(/"([^"]+)"/g)].map(([, title]) => title ?? ''),
}));

describe('the durability page', () => {
  test('has a proof for each mode and event', () => {
    const table = page.slice(page.indexOf('| | `none`'), page.indexOf('What a power loss takes'));
    const cells = table
      .split('\n')
      .slice(3)
      .flatMap((row) => row.split('|').slice(2, -1));
    expect(cells.length).toBeGreaterThanOrEqual(27);
    for (const cell of cells) {
      const number = /\[(\d+)\]/.exec(cell)?.[1];
      expect(page, cell).toMatch(new RegExp(`^${number}\\. \``, 'm'));
    }
  });

  test.for(named)('names tests of $file that are there', ({ file, titles }) => {
    expect(existsSync(join(root, file))).toBe(true);
    const source = readFileSync(join(root, file), 'utf8');
    expect(titles.length).toBeGreaterThan(0);
    // A function of that name, or a title from its beginning: to speak of one is not to have it.
    const begins = (title: string) => ["'", '`'].some((quote) => source.includes(quote + title));
    const has = (title: string) => (file.endsWith('.rs') ? source.includes(`fn ${title}(`) : begins(title));
    expect(titles.filter((title) => !has(title))).toEqual([]);
  });
});
