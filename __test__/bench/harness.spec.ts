import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  axisFor,
  chart,
  digest,
  fixture,
  judgeTargets,
  openThreadCpuClock,
  type Row,
  ratio,
  rotated,
  stats,
  type Target,
  withSection,
} from './harness.js';

describe('statistics', () => {
  it('take the middle value, or the mean of the two middle ones, whatever the order', () => {
    expect(stats.median([9, 1, 5])).toBe(5);
    expect(stats.median([10, 1, 9, 2])).toBe(5.5);
    expect(stats.minimum([3, -1, 2])).toBe(-1);
  });

  it('compare numbers as numbers and leave the input alone', () => {
    const values = [100, 20, 3];
    expect(stats.median(values)).toBe(20);
    expect(values).toEqual([100, 20, 3]);
  });

  it('interpolate between neighbours', () => {
    const hundred = Array.from({ length: 101 }, (_, i) => i);
    expect(stats.quantile(hundred, 0.99)).toBe(99);
    expect(stats.quantile([0, 10], 0.25)).toBe(2.5);
    expect(() => stats.quantile([], 0.5)).toThrow(RangeError);
  });
});

describe('the order of contenders', () => {
  const names = ['a', 'b', 'c', 'd'];

  it('has everybody once in every round', () => {
    for (let round = 0; round < 9; round += 1) expect(rotated(names, round).toSorted()).toEqual(names);
  });

  it('puts everybody first in turn, and gives nobody the same predecessor always', () => {
    const rounds = [0, 1, 2, 3].map((round) => rotated(names, round));
    expect(rounds.map(([first]) => first)).toEqual(names);
    for (const name of names) {
      const before = new Set(rounds.map((order) => order[order.indexOf(name) - 1]));
      expect(before.size).toBeGreaterThan(1);
    }
  });
});

describe('a ratio', () => {
  const row = (median: number, values?: number[], name = 'only'): Row => {
    const shape = { case: name, contender: 'ours', metric: 'ns', unit: 'ns', min: 0, n: 3 };
    return { ...shape, median, ...(values && { values }) };
  };

  it('is that of the medians, whatever the rounds', () => {
    expect(ratio(row(3), row(4))).toBe(0.75);
  });

  it('is the median of those of the rounds where the contenders took turns', () => {
    // The machine slowed down between the rounds: the medians are of different halves.
    expect(ratio(row(10, [10, 10, 20]), row(40, [20, 40, 40]))).toBe(0.5);
    expect(ratio(row(10, [10, 10, 20]), row(40, [20, 40, 40], 'other'))).toBe(0.25);
  });
});

describe('the proof of output', () => {
  const lines = ['{"a":1}', '{"b":2}', '{"c":"\u00fc"}'];
  const file = (text: string) => Buffer.from(text);

  it('accepts the lines in a cycle', () => {
    digest.assertWritten(file(`${lines.join('\n')}\n${lines[0]}\n`), lines, 4);
  });

  it.each([
    ['a lost line', `${lines[0]}\n${lines[2]}\n`],
    ['a doubled line', `${lines[0]}\n${lines.join('\n')}\n`],
    ['lines out of order', `${lines[1]}\n${lines[0]}\n${lines[2]}\n`],
    ['a torn last line', lines.join('\n')],
  ])('refuses %s', (_, text) => {
    expect(() => digest.assertWritten(file(text), lines, 3)).toThrow(
      'the 3 lines that were handed over, in order',
    );
  });

  it('lets a contender without order have any, and still wants every line once', () => {
    const swapped = `${lines[1]}\n${lines[0]}\n${lines[2]}\n`;
    digest.assertWritten(file(swapped), lines, 3, { ordered: false });
    expect(() => digest.assertWritten(file(swapped.slice(8)), lines, 3, { ordered: false })).toThrow();
    expect(() => digest.assertWritten(file(swapped.slice(0, -1)), lines, 3, { ordered: false })).toThrow();
  });
});

describe('targets', () => {
  const row = (caseName: string, contender: string, median: number): Row => {
    return { case: caseName, contender, metric: 'ns', unit: 'ns', median, min: median, n: 1 };
  };
  const rows = [row('1', 'ours', 120), row('1', 'floor', 100), row('16', 'ours', 900)];
  const target = (rest: Partial<Target>): Target => {
    return { case: '1', contender: 'ours', metric: 'ns', of: { contender: 'floor' }, ...rest };
  };

  it('compare medians, of another case where they say so', () => {
    const judged = judgeTargets(
      [
        target({ atMost: 1.2 }),
        target({ atMost: 1.1 }),
        target({ case: '16', of: { contender: 'floor', case: '1' }, atLeast: 9 }),
      ],
      rows,
    );
    expect(judged.map(({ ratio, met }) => [ratio, met])).toEqual([
      [1.2, true],
      [1.2, false],
      [9, true],
    ]);
  });

  it('are neither met nor missed when somebody did not run', () => {
    expect(judgeTargets([target({ of: { contender: 'nobody' }, atMost: 1 })], rows)[0]).toMatchObject({
      met: undefined,
    });
  });
});

describe('the thread clock', () => {
  it.skipIf(process.platform !== 'linux')('counts work of this thread, and not its sleep', () => {
    const clock = openThreadCpuClock();
    if (!clock) throw new Error('Linux has the clock');
    const before = clock();
    let worked = before;
    while (worked < before + 5e6) worked = clock();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    const slept = clock();
    expect(slept - worked).toBeLessThan(100e6);
  });
});

describe('the chart', () => {
  it('uses a log scale only where values differ much, with ticks inside', () => {
    for (const [values, kind] of [
      [[100, 90_000], 'log'],
      [[300, 900], 'linear'],
    ] as const) {
      const axis = axisFor(values);
      expect(axis.kind).toBe(kind);
      for (const place of [...axis.ticks, ...values].map(axis.at)) {
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThanOrEqual(1);
      }
    }
  });

  it('is well-formed, with the medians and the ratios, for light and dark', async () => {
    const { default: bench } = await import(fixture('tiny.bench.mjs'));
    const rows = [
      { case: 'small', contender: 'ours', metric: 'main_ns', unit: 'ns', median: 1234, min: 1200, n: 3 },
      { case: 'small', contender: 'theirs', metric: 'main_ns', unit: 'ns', median: 4936, min: 4000, n: 3 },
    ];
    const svg = chart(bench, { bench: 'tiny', node: 'v20', cpu: 'a & b', commit: 'abc', rows });
    expect(svg).toContain('Tiny &amp; &lt;quick&gt;');
    expect(svg).toContain('1,230 ns');
    expect(svg).toContain('>0.25<');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the document of results', () => {
  it('replaces the section of a benchmark and keeps what stands around it', () => {
    const first = withSection('# Title\n\nprose\n', 'emit', 'old');
    const second = withSection(`${first}\nmore prose\n`, 'emit', 'new');
    expect(second).toBe('# Title\n\nprose\n\n<!-- bench:emit -->\nnew\n<!-- /bench:emit -->\n\nmore prose\n');
  });

  it('has a section for every benchmark', () => {
    const readme = readFileSync(new URL('../../docs/benchmarks/README.md', import.meta.url), 'utf8');
    for (const name of ['emit', 'durable']) expect(readme).toContain(`<!-- bench:${name} -->`);
  });
});
