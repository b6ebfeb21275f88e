/** A ledger that fails after it was opened: everybody is told, nothing is acknowledged, nothing is lost. */
import { readFileSync } from 'node:fs';
import { type EventHub, LedgerError } from '@cortex-os/native';
import { afterEach, describe, expect, vi } from 'vitest';
import { codeOf, thrown } from '../support/errors.js';
import { canLimitFileSize, limitFileSize } from '../support/failing-disk.js';
import { test } from '../support/hub-test.js';
import { Watched } from '../support/waiting.js';

const LIMIT_BYTES = 10_000;
const event = { pad: 'x'.repeat(990) };

/** Emits more than the file may hold and resolves to the first refusal. */
async function emitTooMuch(hub: EventHub): Promise<string> {
  for (let n = 0; n < 20; n += 1) hub.tryEmit(event);
  return codeOf(() => hub.flush());
}

describe.skipIf(!canLimitFileSize)('a ledger whose file cannot grow', () => {
  const failure = { code: 'ERR_LEDGER_FAILED', fields: { operation: 'write', errno: 27 } };

  afterEach(() => limitFileSize('unlimited'));

  test('is told to onError, once, also when nobody waits', async ({ openHub, ledgerPath }) => {
    const told = new Watched<[unknown, string][]>([]);
    const onError = (error: unknown, where: string) => told.change((list) => [...list, [error, where]]);
    const hub = await openHub({ path: ledgerPath, onError });
    limitFileSize(LIMIT_BYTES);
    for (let n = 0; n < 20; n += 1) hub.tryEmit(event);
    const [first] = await told.until(({ length }) => length > 0);
    expect(first?.[0]).toBeInstanceOf(LedgerError);
    expect(first?.[0]).toMatchObject(failure);
    expect(first?.[1]).toBe('ledger');
    await codeOf(() => hub.flush());
    expect(told.value).toHaveLength(1);
  });

  test('rejects who waits, refuses who emits, and says so when closed', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, onError: vi.fn() });
    limitFileSize(LIMIT_BYTES);
    const waiting = Array.from({ length: 20 }, () => hub.emitDurable(event));
    await expect(waiting[19]).rejects.toMatchObject(failure);
    await expect(hub.durable(19)).rejects.toBeInstanceOf(LedgerError);
    await expect(hub.flush()).rejects.toMatchObject(failure);
    await expect(hub.emitDurable(event)).rejects.toMatchObject(failure);
    expect(thrown(() => hub.emit(event))).toMatchObject(failure);
    expect(hub.tryEmit(event)).toBe(-5);
    expect(hub.stats()).toMatchObject({ failed: true, head: 20 });
    expect(hub.stats().durable).toBeLessThan(20);
    await expect(hub.close()).rejects.toMatchObject(failure);
  });

  test('acknowledges what it had synced before, to who has not heard of it yet', async ({
    openHub,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, onError: vi.fn() });
    const before = hub.emitDurable({ n: 0 });
    await Promise.resolve(); // asked for, and no turn of the event loop in which the answer could come
    while (hub.stats().durable < 1);
    limitFileSize(LIMIT_BYTES);
    for (let n = 0; n < 20; n += 1) hub.tryEmit(event);
    while (!hub.stats().failed);
    const after = codeOf(() => hub.flush());
    expect(await before).toBe(0);
    expect(await after).toBe('ERR_LEDGER_FAILED');
  });

  test('leaves callbacks, streams and memory as they were', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, onError: vi.fn() });
    const seen: unknown[] = [];
    hub.subscribe({}, (given) => seen.push(given));
    limitFileSize(LIMIT_BYTES);
    await emitTooMuch(hub);
    expect(seen).toHaveLength(hub.head);
    expect(hub.readWindow()).toHaveLength(hub.head);
    expect(await hub.read({ after: -1 })).toHaveLength(hub.head);
    const first = await hub.stream({}, { after: -1 }).next();
    expect(first.value).toMatchObject({ offset: 0 });
  });

  test.for(['none', 'group', 'always'] as const)(
    'has every event that was emitted once it is opened again: %s',
    async (durability, { openHub, ledgerPath }) => {
      const hub = await openHub({ path: ledgerPath, durability, onError: vi.fn() });
      limitFileSize(LIMIT_BYTES);
      await emitTooMuch(hub);
      const { head, epoch } = hub;
      await codeOf(() => hub.close());
      limitFileSize('unlimited');
      const again = await openHub({ path: ledgerPath });
      expect([again.head, again.epoch]).toEqual([head, epoch]);
      await again.close();
      expect(readFileSync(ledgerPath, 'utf8')).toBe(`${JSON.stringify(event)}\n`.repeat(head));
    },
  );
});
