/** A ledger in several files: closed, compressed, deleted, and read as one all the while. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { EventHub, type EventHubOptions, Ledger, type RotatedSegment } from '@cortex-os/native';
import { describe, expect, vi } from 'vitest';
import { test } from '../support/sse-test.js';
import { Watched } from '../support/waiting.js';
import { collect, emitMany, eventOf, settled } from './ledger-test.js';

const SMALL: EventHubOptions = { rotate: { maxBytes: 8192 }, maxEvents: 50 };

describe('a ledger that is rotated', () => {
  test('tells of each file that is closed, and is read as one', async ({ openHub, ledgerPath, folder }) => {
    const closed = new Watched<RotatedSegment[]>([]);
    const hub = await openHub({
      ...SMALL,
      path: ledgerPath,
      onRotate: (segment) => closed.change((list) => [...list, segment]),
    });
    await emitMany(hub, 0, 600);
    const told = await closed.until((list) => list.length >= 5);
    expect(told[0]).toMatchObject({ first: 0, bytes: expect.any(Number) });
    expect(told[1]?.first).toBe(told[0]?.events);
    expect(readdirSync(folder)).toContain('ledger.0000000000000000.ndjson');
    const ledger = await hub.ledger();
    expect((await collect(ledger.read())).map(({ offset }) => offset)).toEqual([...Array(600).keys()]);
    expect((await hub.read({ after: 9, limit: 3 })).map(({ offset }) => offset)).toEqual([10, 11, 12]);
    expect(await hub.findInLedger('id-3')).toBe(3);
  });

  test('goes on after it was opened again', async ({ openHub, ledgerPath }) => {
    const first = await openHub({ ...SMALL, path: ledgerPath });
    const { epoch } = first;
    await emitMany(first, 0, 300);
    await first.close();
    const hub = await openHub({ ...SMALL, path: ledgerPath });
    expect([hub.epoch, hub.head]).toEqual([epoch, 300]);
    await emitMany(hub, 300, 400);
    const records = await hub.read({ after: 280, limit: 1000 });
    expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 119 }, (_, n) => 281 + n));
  });

  test('is compressed, and SSE resumes from it', async ({ openHub, ledgerPath, folder, serve, connect }) => {
    const hub = await openHub({ ...SMALL, path: ledgerPath, compress: 'zstd' });
    await emitMany(hub, 0, 600);
    await settled(() => readdirSync(folder).filter((name) => name.endsWith('.zst')).length >= 5);
    const url = await serve((_, response) => void hub.attach(response));
    const client = await connect(url, { 'last-event-id': hub.cursor(4) });
    const frames = await client.untilFrames(595);
    expect(frames.map(({ id }) => id)).toEqual(Array.from({ length: 595 }, (_, n) => hub.cursor(5 + n)));
  });

  test('keeps what its consumers lack and no more than it is told', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ ...SMALL, path: ledgerPath, retain: { maxSegments: 2 } });
    const ledger = await hub.ledger();
    const shipper = await ledger.consumer('shipper');
    await emitMany(hub, 0, 600);
    expect(ledger.oldest).toBe(0);
    const seen = await collect(shipper.read({ limit: 400 }));
    await shipper.commit(seen.at(-1)?.offset ?? -1);
    await emitMany(hub, 600, 900);
    await settled(() => ledger.oldest > 0);
    expect(ledger.oldest).toBeLessThanOrEqual(400);
    const next = await collect((await ledger.consumer('shipper')).read({ limit: 1 }));
    expect(next[0]?.offset).toBe(400);
    await shipper.remove();
    await emitMany(hub, 900, 1200);
    await settled(async () => (await ledger.stats()).segments.length <= 3);
    // Who resumes where nothing is any more is told so.
    const stream = hub.stream({}, { after: 5 });
    const { value } = await stream.next();
    expect(value).toEqual({
      gap: { requested: hub.cursor(5), oldest: hub.cursor(ledger.oldest), reason: 'expired' },
    });
    const after = (await stream.next()).value as { offset: number };
    expect(after.offset).toBe(ledger.oldest);
    await stream.return?.();
  });

  test('begins another file at a count of events', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, rotate: { maxEvents: 100 } });
    await emitMany(hub, 0, 450);
    const { segments } = await (await hub.ledger()).stats();
    expect(segments.map(({ first, events }) => [first, events])).toEqual([
      [0, 100],
      [100, 100],
      [200, 100],
      [300, 100],
      [400, 50],
    ]);
  });

  test('closes a file that is old and deletes one that is older, without further events', async ({
    openHub,
    ledgerPath,
  }) => {
    const closed = vi.fn();
    const retain = { maxAgeMs: 1 };
    const hub = await openHub({ path: ledgerPath, rotate: { maxAgeMs: 1 }, retain, onRotate: closed });
    await emitMany(hub, 0, 3);
    const ledger = await hub.ledger();
    await settled(() => ledger.oldest === 3);
    expect(closed.mock.calls.map(([{ first }]) => first)[0]).toBe(0);
    expect(await ledger.stats()).toMatchObject({ events: 0, oldest: 3, head: 3 });
    expect(hub.emit(eventOf(3))).toBe(3);
  });

  test('takes no more room than it may', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ ...SMALL, path: ledgerPath, retain: { maxBytes: 20_000 } });
    await emitMany(hub, 0, 600);
    const ledger = await hub.ledger();
    await settled(async () => (await ledger.stats()).storedBytes <= 20_000);
    const { oldest } = ledger;
    const kept = await collect(ledger.read());
    expect(kept.map(({ offset }) => offset)).toEqual(
      Array.from({ length: 600 - oldest }, (_, n) => oldest + n),
    );
  });

  test('gives a consumer whose cursor is damaged everything once more', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await emitMany(hub, 0, 20);
    const ledger = await hub.ledger();
    await (await ledger.consumer('shipper')).commit(11);
    expect((await ledger.stats()).consumers).toEqual([{ name: 'shipper', next: 12, damaged: false }]);
    writeFileSync(`${ledgerPath}.consumer.shipper`, '{"format":1,"ne');
    expect((await ledger.stats()).consumers).toEqual([{ name: 'shipper', next: 0, damaged: true }]);
    const shipper = await ledger.consumer('shipper');
    expect((await collect(shipper.read())).length).toBe(20);
    await shipper.commit(19);
    expect((await ledger.stats()).consumers).toEqual([{ name: 'shipper', next: 20, damaged: false }]);
    await shipper.remove();
    expect((await ledger.stats()).consumers).toEqual([]);
  });

  test('goes on in the same file when it cannot begin another, and says so', async ({
    openHub,
    ledgerPath,
  }) => {
    mkdirSync(`${ledgerPath}.next`);
    const told = new Watched<unknown[]>([]);
    const onError = (error: unknown, where: string) => told.change((list) => [...list, [where, error]]);
    const hub = await openHub({ ...SMALL, path: ledgerPath, onError });
    await emitMany(hub, 0, 300);
    const [first] = await told.until((list) => list.length > 0);
    const fields = { path: ledgerPath, operation: 'rotate', errno: 21, reason: expect.any(String) };
    expect(first).toEqual(['ledger', expect.objectContaining({ code: 'ERR_LEDGER_UPKEEP', fields })]);
    expect((await hub.read({ after: -1, limit: 1000 })).length).toBe(300);
    await hub.close();
  });

  test('refuses options that are none', async ({ ledgerPath }) => {
    const wrong: [object, string][] = [
      [{ rotate: { maxBytes: 0 } }, 'rotate.maxBytes'],
      [{ rotate: { maxBytes: 1.5 } }, 'rotate.maxBytes'],
      [{ rotate: { maxEvents: 0 } }, 'rotate.maxEvents'],
      [{ rotate: { size: 1 } }, 'rotate'],
      [{ retain: { maxSegments: -1 } }, 'retain.maxSegments'],
      [{ compress: 'gzip' }, 'compress'],
      [{ chain: { key: '' } }, 'chain'],
      [{ chain: 'yes' }, 'chain'],
      [{ onRotate: true }, 'onRotate'],
      [{ timeField: 7 }, 'timeField'],
    ];
    for (const [options, option] of wrong) {
      await expect(EventHub.open({ path: ledgerPath, ...options } as EventHubOptions)).rejects.toMatchObject({
        code: 'ERR_HUB_OPTION_INVALID',
        fields: { option },
      });
    }
    await expect(Ledger.open(ledgerPath)).rejects.toMatchObject({ code: 'ERR_LEDGER_READ' });
  });

  test('is named so that a sorted list is the order of events', async ({ openHub, ledgerPath, folder }) => {
    const hub = await openHub({ ...SMALL, path: ledgerPath });
    await emitMany(hub, 0, 600);
    const { segments } = await (await hub.ledger()).stats();
    const names = readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .sort();
    expect(segments.map(({ path }) => basename(path))).toEqual(names);
  });
});
