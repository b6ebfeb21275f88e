/** A ledger in several files: closed, compressed, deleted, and read as one all the while. */
import { mkdirSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { EventHub, type EventHubOptions, Ledger, type RotatedSegment } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { test } from '../support/sse-test.js';
import { Watched } from '../support/waiting.js';
import { collect, emitMany, settled } from './ledger-test.js';

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
