/** The end of a process: what was emitted before it is in the ledger, and an idle hub does not put it off. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runFixture } from './run-node.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cortex-exit-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function numbers(path: string): number[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { n: number }).n);
}

describe.each(['none', 'group', 'always'])('durability %s', (durability) => {
  test.each([
    ['process.exit', 7],
    ['uncaught error', 1],
    ['unhandled rejection', 1],
    ['end of the program', 0],
  ])('%s loses nothing that was emitted', async (how, code) => {
    const path = join(directory, 'ledger.ndjson');
    const count = durability === 'always' ? 300 : 5000;
    const ended = await runFixture('exit-mid-emit.mjs', path, durability, how, String(count));
    expect(ended).toMatchObject({ code, signal: null, stdout: `${count}\n` });
    expect(numbers(path)).toEqual(Array.from({ length: count }, (_, n) => n));
  });
});

test('fifty times process.exit in mid-emit on one ledger: every event once, in order', {
  timeout: 120_000,
}, async () => {
  const path = join(directory, 'ledger.ndjson');
  for (let turn = 1; turn <= 50; turn += 1) {
    const ended = await runFixture('exit-mid-emit.mjs', path, 'none', 'process.exit', '1000');
    expect(ended).toMatchObject({ code: 7, stdout: `${turn * 1000}\n`, stderr: '' });
  }
  expect(numbers(path)).toEqual(Array.from({ length: 50_000 }, (_, n) => n));
});

test('an idle hub does not keep the process alive', async () => {
  const ended = await runFixture('idle.mjs', join(directory, 'ledger.ndjson'), 'nothing');
  expect(ended).toMatchObject({ code: 0, stdout: 'exit\n', stderr: '' });
});

test('a pending acknowledgement does', async () => {
  const ended = await runFixture('idle.mjs', join(directory, 'ledger.ndjson'), 'emitDurable');
  expect(ended).toMatchObject({ code: 0, stdout: 'durable 0\nexit\n' });
});

test('and so does a hub that was asked to, until it is closed', async () => {
  const ended = await runFixture('idle.mjs', join(directory, 'ledger.ndjson'), 'keepAlive');
  expect(ended).toMatchObject({ code: 0, stdout: 'still here\nexit\n' });
});
