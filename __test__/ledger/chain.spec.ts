/** The hash chain, as its users see it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type EventHubOptions, Ledger } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';
import { emitMany } from './ledger-test.js';

describe('a chained ledger', () => {
  const edits: [string, (lines: string[]) => void, number][] = [
    ['altered', (lines) => lines.splice(150, 1, (lines[150] ?? '').replace('"n":150', '"n":151')), 150],
    ['missing', (lines) => lines.splice(199, 1), 199],
    ['added', (lines) => lines.splice(77, 0, '{"forged":true}'), 77],
    ['reordered', (lines) => lines.splice(100, 2, lines[101] ?? '', lines[100] ?? ''), 100],
    ['missing', (lines) => lines.splice(250), 250],
    ['added', (lines) => lines.push('{}'), 300],
  ];
  for (const [kind, edit, offset] of edits) {
    test(`names the line that is ${kind}, at ${offset}`, async ({ openHub, ledgerPath }) => {
      const hub = await openHub({ path: ledgerPath, chain: true });
      await emitMany(hub, 0, 300);
      await hub.close();
      const ledger = await Ledger.open(ledgerPath);
      expect(await ledger.verify()).toMatchObject({ ok: true, events: 300, unproven: 0 });
      const lines = readFileSync(ledgerPath, 'utf8').trimEnd().split('\n');
      edit(lines);
      writeFileSync(ledgerPath, `${lines.join('\n')}\n`);
      expect(await ledger.verify()).toMatchObject({ ok: false, problem: { offset, kind } });
    });
  }

  test('verifies while it is written, and with anchors', async ({ openHub, ledgerPath }) => {
    const options: EventHubOptions = {
      path: ledgerPath,
      chain: true,
      rotate: { maxBytes: 8192 },
      compress: 'zstd',
    };
    const hub = await openHub(options);
    const ledger = await hub.ledger();
    await emitMany(hub, 0, 300);
    const anchor = await ledger.anchor();
    expect(anchor).toMatchObject({ offset: 300, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await emitMany(hub, 300, 500);
    let told = 0;
    const found = await ledger.verify({
      ...(anchor && { anchors: [anchor] }),
      onProgress: (done, total) => {
        expect(done).toBeLessThanOrEqual(total);
        told += 1;
      },
    });
    expect(found).toMatchObject({ ok: true, events: 500 });
    expect(told).toBeGreaterThan(0);
    const other = { offset: 300, digest: '0'.repeat(64) };
    expect(await ledger.verify({ anchors: [other] })).toMatchObject({
      ok: false,
      problem: { offset: 300, kind: 'anchor' },
    });
    await expect(ledger.verify({ anchors: [{ offset: 1, digest: 'x' }] })).rejects.toMatchObject({
      code: 'ERR_HUB_OPTION_INVALID',
    });
    await expect(ledger.verify({ signal: AbortSignal.abort() })).rejects.toThrow();
  });

  test('has a key that is needed to write and to verify', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, chain: { key: 'secret' } });
    await emitMany(hub, 0, 20);
    await hub.close();
    const ledger = await Ledger.open(ledgerPath);
    expect(await ledger.verify({ key: Buffer.from('secret') })).toMatchObject({ ok: true, events: 20 });
    for (const options of [{}, { key: 'guess' }]) {
      await expect(ledger.verify(options)).rejects.toMatchObject({ code: 'ERR_LEDGER_READ' });
    }
    for (const chain of [undefined, true, { key: 'guess' }] as const) {
      const opening = openHub({ path: ledgerPath, ...(chain !== undefined && { chain }) });
      await expect(opening).rejects.toMatchObject({ code: 'ERR_LEDGER_OPEN' });
    }
    const again = await openHub({ path: ledgerPath, chain: { key: 'secret' } });
    expect(again.head).toBe(20);
  });

  test('can be mended where nobody writes it', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, chain: true, rotate: { maxBytes: 8192 } });
    await emitMany(hub, 0, 300);
    const ledger = await Ledger.open(ledgerPath);
    await expect(ledger.repair()).rejects.toMatchObject({ code: 'ERR_LEDGER_LOCKED' });
    await hub.close();
    writeFileSync(`${ledgerPath}.segments`, '?');
    writeFileSync(`${ledgerPath}.0000000000000000.index`, '?');
    expect(await ledger.repair()).toMatchObject({ events: 300, cutBytes: 0 });
    const { segments } = await ledger.stats();
    expect(segments[0]?.indexed).toBe(segments[0]?.events);
    expect(await ledger.verify()).toMatchObject({ ok: true, events: 300 });
  });
});
