/** A ledger that fails after it was opened: everybody is told, nothing is acknowledged, nothing hangs. */
import { symlinkSync } from 'node:fs';
import { LedgerError } from '@cortex-os/native';
import { describe, expect, vi } from 'vitest';
import { codeOf, thrown } from '../support/errors.js';
import { test } from '../support/hub-test.js';
import { Watched } from '../support/waiting.js';

// /dev/null takes every byte and cannot be synced: the first fdatasync fails.
describe.skipIf(process.platform !== 'linux')('a ledger whose sync fails', () => {
  const failure = { code: 'ERR_LEDGER_FAILED', fields: { operation: 'fdatasync', errno: 22 } };

  test('is told to onError, once, also when nobody waits', async ({ openHub, ledgerPath }) => {
    symlinkSync('/dev/null', ledgerPath);
    const told = new Watched<[unknown, string][]>([]);
    const onError = (error: unknown, where: string) => told.change((list) => [...list, [error, where]]);
    const hub = await openHub({ path: ledgerPath, onError });
    hub.emit({});
    const [first] = await told.until(({ length }) => length > 0);
    expect(first?.[0]).toBeInstanceOf(LedgerError);
    expect(first?.[0]).toMatchObject(failure);
    expect(first?.[1]).toBe('ledger');
    await codeOf(() => hub.flush());
    expect(told.value).toHaveLength(1);
  });

  test('rejects who waits, refuses who emits, and says so when closed', async ({ openHub, ledgerPath }) => {
    symlinkSync('/dev/null', ledgerPath);
    const hub = await openHub({ path: ledgerPath, onError: vi.fn() });
    await expect(hub.emitDurable({})).rejects.toMatchObject(failure);
    await expect(hub.durable(0)).rejects.toBeInstanceOf(LedgerError);
    await expect(hub.flush()).rejects.toMatchObject(failure);
    expect(thrown(() => hub.emit({}))).toMatchObject(failure);
    expect(hub.tryEmit({})).toBe(-5);
    expect(hub.stats()).toMatchObject({ failed: true, durable: 0, head: 1 });
    await expect(hub.close()).rejects.toMatchObject(failure);
  });

  test('still gives what memory holds', async ({ openHub, ledgerPath }) => {
    symlinkSync('/dev/null', ledgerPath);
    const hub = await openHub({ path: ledgerPath, onError: vi.fn() });
    await codeOf(() => hub.emitDurable({ n: 0 }));
    expect(hub.readWindow().map(({ event }) => event)).toEqual([{ n: 0 }]);
    expect((await hub.read()).map(({ event }) => event)).toEqual([{ n: 0 }]);
  });

  test('does no harm with durability none until it is closed', async ({ openHub, ledgerPath }) => {
    symlinkSync('/dev/null', ledgerPath);
    const hub = await openHub({ path: ledgerPath, durability: 'none', onError: vi.fn() });
    expect(await hub.emitDurable({})).toBe(0);
    await expect(hub.close()).rejects.toMatchObject(failure);
  });
});
