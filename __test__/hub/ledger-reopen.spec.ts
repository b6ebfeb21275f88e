/** `hub.reopen()`: a ledger that failed goes on in place, and nobody who follows the hub notices. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHub } from '@cortex-os/native';
import { afterAll, afterEach, describe, expect, vi } from 'vitest';
import { codeOf, thrown } from '../support/errors.js';
import { canLimitFileSize, limitFileSize, mountSmallDisk, remount } from '../support/failing-disk.js';
import { test } from '../support/hub-test.js';
import { nextTurn } from '../support/waiting.js';

const event = { pad: 'x'.repeat(990) };
const line = `${JSON.stringify(event)}\n`;

describe.skipIf(!canLimitFileSize)('a ledger that failed and can be written again', () => {
  afterEach(() => limitFileSize('unlimited'));

  /** A hub of 20 events that failed on the way. */
  async function failedHub(open: (path: string) => Promise<EventHub>, path: string): Promise<EventHub> {
    const hub = await open(path);
    limitFileSize(10_000);
    for (let n = 0; n < 20; n += 1) hub.tryEmit(event);
    expect(await codeOf(() => hub.flush())).toBe('ERR_LEDGER_FAILED');
    limitFileSize('unlimited');
    return hub;
  }

  test.for(['none', 'group', 'always'] as const)(
    'acknowledges what it could not before, then goes on: %s',
    async (durability, { openHub, ledgerPath }) => {
      const onError = vi.fn();
      const hub = await failedHub((path) => openHub({ path, durability, onError }), ledgerPath);
      const { epoch, head } = hub;
      expect(hub.tryEmit(event)).toBe(-5);
      await hub.reopen();
      expect(hub.stats().failed).toBe(false);
      expect(await hub.emitDurable(event)).toBe(head);
      expect([hub.epoch, hub.head, hub.stats().durable]).toEqual([epoch, head + 1, head + 1]);
      expect(readFileSync(ledgerPath, 'utf8')).toBe(line.repeat(head + 1));
      expect(onError).toHaveBeenCalledTimes(1);
      await hub.close();
      const again = await openHub({ path: ledgerPath });
      expect([again.epoch, again.head, again.stats().recoveredBytes]).toEqual([epoch, head + 1, 0]);
    },
  );

  test('leaves streams, callbacks and cursors as they were', async ({ openHub, ledgerPath }) => {
    const hub = await failedHub((path) => openHub({ path, onError: vi.fn() }), ledgerPath);
    const cursor = hub.cursor(hub.head - 1);
    const stream = hub.stream({}, { after: cursor });
    const seen = vi.fn();
    hub.subscribe({}, seen);
    await hub.reopen();
    const offset = await hub.emitDurable({ n: 'after' });
    expect((await stream.next()).value).toMatchObject({ offset, event: { n: 'after' } });
    expect(seen).toHaveBeenCalledTimes(1);
    expect(await hub.read({ after: -1 })).toHaveLength(offset + 1);
  });

  test('tells of a second failure as of the first', async ({ openHub, ledgerPath }) => {
    const onError = vi.fn();
    const hub = await failedHub((path) => openHub({ path, onError }), ledgerPath);
    await hub.reopen();
    limitFileSize(30_000);
    for (let n = 0; n < 20; n += 1) hub.tryEmit(event);
    expect(await codeOf(() => hub.flush())).toBe('ERR_LEDGER_FAILED');
    await nextTurn();
    expect(onError.mock.calls.map(([error, where]) => [error.code, where])).toEqual(
      Array(2).fill(['ERR_LEDGER_FAILED', 'ledger']),
    );
  });

  test('that cannot be reopened yet says so, and may be later', async ({ openHub, folder }) => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    const path = join(inner, 'ledger.ndjson');
    const hub = await failedHub((at) => openHub({ path: at, onError: vi.fn() }), path);
    renameSync(inner, join(folder, 'elsewhere'));
    await expect(hub.reopen()).rejects.toMatchObject({ code: 'ERR_LEDGER_OPEN', fields: { errno: 2 } });
    expect(thrown(() => hub.emit(event))).toMatchObject({ code: 'ERR_LEDGER_FAILED' });
    renameSync(join(folder, 'elsewhere'), inner);
    await hub.reopen();
    const { head } = hub;
    expect(await hub.flush()).toBe(head);
  });

  test('blocks until it is durable with flushSync, or throws why it is not', async ({
    openHub,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, onError: vi.fn() });
    for (let n = 0; n < 5; n += 1) hub.emit(event);
    expect(hub.flushSync()).toBe(5);
    expect(readFileSync(ledgerPath, 'utf8')).toBe(line.repeat(5));
    limitFileSize(10_000);
    for (let n = 0; n < 20; n += 1) hub.tryEmit(event);
    expect(thrown(() => hub.flushSync())).toMatchObject({ code: 'ERR_LEDGER_FAILED' });
  });
});

test('does nothing to a hub that works, and is refused by one that is closed', async ({
  openHub,
  ledgerPath,
}) => {
  const hub = await openHub({ path: ledgerPath });
  await hub.reopen();
  expect(await hub.emitDurable(event)).toBe(0);
  const memory = await openHub();
  await memory.reopen();
  expect([memory.emit(event), memory.flushSync()]).toEqual([0, 1]);
  await hub.close();
  expect(await codeOf(() => hub.reopen())).toBe('ERR_HUB_CLOSED');
  expect(thrown(() => hub.flushSync())).toMatchObject({ code: 'ERR_HUB_CLOSED' });
});

const disk = mkdtempSync(join(tmpdir(), 'cortex-read-only-'));
const unmount = mountSmallDisk(disk, 1024);

describe.skipIf(unmount === undefined)('a file system that becomes read-only', () => {
  afterAll(() => {
    unmount?.();
    rmSync(disk, { recursive: true });
  });
  const path = join(disk, 'ledger.ndjson');
  const options = { path, ringBytes: 64 * 1024, maxLineBytes: 4096 };

  test('keeps a ledger from opening, with the reason', async () => {
    remount(disk, 'ro');
    expect(thrown(() => EventHub.openSync(options))).toMatchObject({
      code: 'ERR_LEDGER_OPEN',
      fields: { errno: 30 },
    });
    remount(disk, 'rw');
    await (await EventHub.open(options)).close();
  });
});
