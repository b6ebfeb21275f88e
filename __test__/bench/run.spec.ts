import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchCommand, fixture, type Result } from './harness.js';

const TINY = fixture('tiny.bench.mjs');
const TURNS = fixture('turns.bench.mjs');
const SOUND = ['--contender', 'ours', '--contender', 'theirs', '--contender', 'absent'];

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'bench-spec-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function bench(...args: string[]) {
  const child = spawn(process.execPath, [benchCommand, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('a run of the benchmarks', () => {
  it('writes one row per case, contender and metric that ran, in the documented shape', async () => {
    const json = join(dir, 'full.json');
    const { code, stdout } = await bench(TINY, ...SOUND, '--rounds', '2', '--json', json);
    expect(code).toBe(0);
    const result: Result = JSON.parse(readFileSync(json, 'utf8'));
    expect(Object.keys(result)).toEqual(['bench', 'node', 'cpu', 'commit', 'rows']);
    expect(result).toMatchObject({
      bench: 'tiny',
      node: process.version,
      commit: expect.stringMatching(/^([0-9a-f]+(-dirty)?|unknown)$/),
    });
    const row = (caseName: string, contender: string, metric: string, unit: string, value: number) => ({
      case: caseName,
      contender,
      metric,
      unit,
      median: value,
      min: value,
      n: 2,
    });
    expect(result.rows).toEqual([
      row('small', 'ours', 'main_ns', 'ns', 50),
      row('small', 'ours', 'events_per_s', 'events/s', 2e7),
      row('small', 'theirs', 'main_ns', 'ns', 100),
      row('small', 'theirs', 'events_per_s', 'events/s', 1e7),
      row('large', 'ours', 'main_ns', 'ns', 500),
      row('large', 'ours', 'events_per_s', 'events/s', 2e6),
    ]);
    expect(stdout).toContain('met      ours at small: main_ns <= 0.6 x theirs: 0.500');
    expect(stdout).toContain('skipped  absent: it is not installed');
  });

  it('keeps contenders that take turns alive, and compares them round by round', async () => {
    const json = join(dir, 'turns.json');
    const sound = ['--contender', 'ours', '--contender', 'theirs'];
    const { code, stdout } = await bench(TURNS, ...sound, '--rounds', '3', '--json', json);
    expect(code).toBe(0);
    const { rows }: Result = JSON.parse(readFileSync(json, 'utf8'));
    expect(rows.map(({ contender, values }) => [contender, values])).toEqual([
      ['ours', [6, 12, 24]],
      ['theirs', [8, 16, 32]],
    ]);
    expect(stdout).toContain('met      ours at only: ns <= 0.75 x theirs: 0.750');
  });

  it.each([
    ['crashing', 'SIGABRT'],
    ['stuck', 'it does not end well'],
  ])('fails when one that takes turns is %s', async (contender, reason) => {
    const { code, stderr } = await bench(TURNS, '--contender', 'ours', '--contender', contender);
    expect(code).toBe(1);
    expect(stderr).toContain(`${contender}, case only: `);
    expect(stderr).toContain(reason);
  });

  it('gives an array when several benchmarks ran', async () => {
    const json = join(dir, 'both.json');
    expect((await bench(TINY, TINY, ...SOUND, '--quick', '--json', json)).code).toBe(0);
    const results: Result[] = JSON.parse(readFileSync(json, 'utf8'));
    expect(results.map((result) => result.bench)).toEqual(['tiny', 'tiny']);
  });

  it.each([
    ['wrong', 'the output differs from the reference'],
    ['crashing', 'SIGABRT'],
    ['late', 'exit code 3'],
  ])('fails when a contender is %s', async (contender, reason) => {
    const { code, stderr } = await bench(TINY, '--quick', '--contender', contender);
    expect(code).toBe(1);
    expect(stderr).toContain(`${contender}, case small: `);
    expect(stderr).toContain(reason);
  });

  it('tells which benchmarks there are when the name is none of them', async () => {
    const { code, stderr } = await bench('emitt');
    expect(code).toBe(2);
    expect(stderr).toMatch(/no benchmark "emitt"; there are: .*durable, emit/);
  });

  it('refuses a contender or a case that the benchmark does not have', async () => {
    const { code, stderr } = await bench(TINY, '--contender', 'nobody');
    expect(code).toBe(1);
    expect(stderr).toContain('no contender "nobody"; there are: ours, theirs');
  });
});
