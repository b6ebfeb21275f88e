/** Ledgers that cannot be opened, and who may have one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventHub, LedgerError } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { codeOf, rejection, thrown } from '../support/errors.js';
import { test } from '../support/hub-test.js';

const root = join(import.meta.dirname, '..', '..');

/** A process that has opened the ledger, written one event and goes on living. */
async function holder(path: string): Promise<ChildProcess> {
  const program = `
    const hub = require('@cortex-os/native').EventHub.openSync({ path: process.argv[1], keepAlive: true });
    hub.emit({ from: process.pid });
    console.log('open');`;
  const child = spawn(process.execPath, ['-e', program, path], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('a second writer', () => {
  test('in the same process is refused, until the first has closed', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const refused = { code: 'ERR_LEDGER_LOCKED', fields: { path: ledgerPath, pid: process.pid } };
    expect(thrown(() => EventHub.openSync({ path: ledgerPath }))).toMatchObject(refused);
    expect(await rejection(EventHub.open({ path: ledgerPath }))).toMatchObject(refused);
    await hub.close();
    await openHub({ path: ledgerPath });
  });

  test('in another process is refused, until the first is gone, however it went', async ({
    openHub,
    ledgerPath,
  }) => {
    const child = await holder(ledgerPath);
    const error = await rejection(EventHub.open({ path: ledgerPath }));
    expect(error).toBeInstanceOf(LedgerError);
    expect(error).toMatchObject({ code: 'ERR_LEDGER_LOCKED', fields: { path: ledgerPath, pid: child.pid } });
    expect(await codeOf(() => EventHub.open({ path: ledgerPath, shared: true }))).toBe('ERR_LEDGER_LOCKED');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const hub = await openHub({ path: ledgerPath });
    expect((await hub.read()).map(({ event }) => event)).toEqual([{ from: child.pid }]);
  });

  test('that was refused has changed nothing', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    for (let n = 0; n < 10; n += 1) {
      hub.emit({ n });
      expect(await codeOf(() => EventHub.open({ path: ledgerPath, ringBytes: 8 * 1024 * 1024 }))).toBe(
        'ERR_LEDGER_LOCKED',
      );
    }
    expect(await hub.flush()).toBe(10);
    expect(hub.stats().ringBytes).toBe(16 * 1024 * 1024);
    expect(readFileSync(ledgerPath, 'utf8').trim().split('\n')).toHaveLength(10);
  });
});

describe('a ledger of a later format', () => {
  test('is refused and left as it was', async ({ openHub, ledgerPath }) => {
    const first = await openHub({ path: ledgerPath });
    first.emit({ n: 0 });
    await first.close();
    writeFileSync(`${ledgerPath}.meta`, '{"format":2,"something":"new"}');
    const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
    const files = () => ['', '.meta', '.spool'].map((suffix) => hash(ledgerPath + suffix));
    const before = files();
    const error = await rejection(EventHub.open({ path: ledgerPath }));
    expect(error).toMatchObject({
      code: 'ERR_LEDGER_FORMAT',
      fields: { path: `${ledgerPath}.meta`, version: 2, supported: 1 },
    });
    expect(files()).toEqual(before);
  });
});

describe('a path where there can be no ledger', () => {
  test('is refused with the reason of the system', async ({ folder }) => {
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'directory'));
    const cases: [path: string, errno: number][] = [
      [join(folder, 'missing', 'ledger.ndjson'), 2],
      [join(folder, 'file', 'ledger.ndjson'), 20],
      [join(folder, 'directory'), 21],
      [join(folder, 'x'.repeat(300)), 36],
    ];
    if (process.platform === 'linux') cases.push(['/sys/ledger.ndjson', 13]);
    for (const [path, errno] of cases) {
      for (const error of [
        thrown(() => EventHub.openSync({ path })),
        await rejection(EventHub.open({ path })),
      ]) {
        expect(error, path).toBeInstanceOf(LedgerError);
        expect(error).toMatchObject({ code: 'ERR_LEDGER_OPEN', fields: { errno } });
        expect((error as LedgerError).fields.reason).not.toBe('');
      }
    }
  });

  test('leaves nothing open: the path can be used once it is there', async ({ openHub, folder }) => {
    const path = join(folder, 'later', 'ledger.ndjson');
    expect(await codeOf(() => EventHub.open({ path }))).toBe('ERR_LEDGER_OPEN');
    mkdirSync(join(folder, 'later'));
    await openHub({ path });
  });
});
