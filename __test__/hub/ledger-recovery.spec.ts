/** A ledger whose process was killed, or whose machine lost power: whole lines, in order, and cursors that tell. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { EventHub } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';
import { Remains } from '../support/ledger-files.js';

const COUNT = 300;
const event = (n: number) => ({ n, pad: 'x'.repeat((n * 37) % 200) });
const all = [...Array(COUNT).keys()].map((n) => `${JSON.stringify(event(n))}\n`).join('');

/** Emits more than the disk can have taken, and returns what a kill at this moment leaves. */
function remainsOfBusy(hub: EventHub, ledgerPath: string, folder: string): Remains {
  for (let n = 0; n < COUNT; n += 1) hub.emit(event(n));
  return new Remains(ledgerPath, folder);
}

describe('after a kill', () => {
  test('what the file lacks is completed from the spool, to the byte', async ({
    openHub,
    ledgerPath,
    folder,
  }) => {
    const busy = await openHub({ path: ledgerPath, durability: 'always' });
    const remains = remainsOfBusy(busy, ledgerPath, folder);
    expect(remains.floor).toBeLessThan(remains.head);
    const hub = await openHub({ path: remains.path });
    expect([hub.head, hub.epoch]).toEqual([COUNT, busy.epoch]);
    expect(hub.stats().recoveredBytes).toBeGreaterThan(0);
    expect(hub.stats().cutBytes).toBe(0);
    await hub.close();
    expect(readFileSync(remains.path, 'utf8')).toBe(all);
  });

  test('wherever within a line the file ends', async ({ openHub, ledgerPath, folder }) => {
    const busy = await openHub({
      path: ledgerPath,
      durability: 'always',
      ringBytes: 64 * 1024,
      maxLineBytes: 1024,
    });
    const remains = remainsOfBusy(busy, ledgerPath, folder);
    const putBack = remains.keep();
    const { floor, head } = remains;
    const step = Math.max(1, Math.floor((head - floor) / 60));
    for (let length = floor; length <= head; length += step) {
      putBack();
      writeFileSync(remains.path, all.slice(0, length));
      const hub = await openHub({ path: remains.path });
      expect([hub.head, hub.epoch, hub.stats().cutBytes], `cut at ${length}`).toEqual([COUNT, busy.epoch, 0]);
      await hub.close();
      expect(readFileSync(remains.path, 'utf8')).toBe(all);
    }
  });

  test('a client of before resumes with its cursor', async ({ openHub, ledgerPath, folder }) => {
    const busy = await openHub({ path: ledgerPath, durability: 'always' });
    const remains = remainsOfBusy(busy, ledgerPath, folder);
    const hub = await openHub({ path: remains.path, maxEvents: 5 });
    const { value } = await hub.stream({}, { after: busy.cursor(COUNT - 10) }).next();
    expect(value).toMatchObject({ offset: COUNT - 9, event: { n: COUNT - 9 } });
  });

  test('with another ring the new one is as large as it is asked to be', async ({
    openHub,
    ledgerPath,
    folder,
  }) => {
    const busy = await openHub({ path: ledgerPath, durability: 'always' });
    const remains = remainsOfBusy(busy, ledgerPath, folder);
    const hub = await openHub({ path: remains.path, ringBytes: 128 * 1024, maxLineBytes: 1024 });
    expect(hub.stats()).toMatchObject({ head: COUNT, ringBytes: 128 * 1024 });
    expect(hub.epoch).toBe(busy.epoch);
  });
});

describe('after a reboot', () => {
  test('half a line at the end is cut off, and the log has a new epoch', async ({
    openHub,
    ledgerPath,
    folder,
  }) => {
    const busy = await openHub({ path: ledgerPath });
    for (let n = 0; n < 10; n += 1) busy.emit(event(n));
    await busy.flush();
    const remains = new Remains(ledgerPath, folder);
    const whole = all.split('\n').slice(0, 8).join('\n').length + 1;
    remains.cutTo(whole + 5);
    remains.reboot();
    const hub = await openHub({ path: remains.path });
    expect(hub.stats()).toMatchObject({ head: 8, cutBytes: 5, recoveredBytes: 0 });
    expect(hub.epoch).not.toBe(busy.epoch);
    expect((await hub.stream({}, { after: busy.cursor(3) }).next()).value).toMatchObject({
      gap: { reason: 'epoch' },
    });
    expect(hub.emit(event(8))).toBe(8);
    await hub.close();
    expect(readFileSync(remains.path, 'utf8')).toBe(all.split('\n').slice(0, 9).join('\n').concat('\n'));
  });

  test('the spool of another boot adds nothing', async ({ openHub, ledgerPath, folder }) => {
    const busy = await openHub({ path: ledgerPath, durability: 'always' });
    const remains = remainsOfBusy(busy, ledgerPath, folder);
    const { length } = readFileSync(remains.path, 'utf8').split('\n');
    remains.reboot();
    const hub = await openHub({ path: remains.path });
    expect(hub.head).toBe(length - 1);
    expect(hub.stats().recoveredBytes).toBe(0);
  });

  test('a ledger that was closed keeps its epoch', async ({ openHub, ledgerPath, folder }) => {
    const first = await openHub({ path: ledgerPath });
    for (let n = 0; n < 10; n += 1) first.emit(event(n));
    await first.close();
    const remains = new Remains(ledgerPath, folder);
    remains.reboot();
    const hub = await openHub({ path: remains.path });
    expect([hub.head, hub.epoch]).toEqual([10, first.epoch]);
  });

  test('a ledger cut below what it had when it was closed has a new one', async ({
    openHub,
    ledgerPath,
    folder,
  }) => {
    const first = await openHub({ path: ledgerPath });
    for (let n = 0; n < 10; n += 1) first.emit(event(n));
    await first.close();
    const remains = new Remains(ledgerPath, folder);
    remains.cutTo(all.indexOf('\n') + 1);
    const hub = await openHub({ path: remains.path });
    expect(hub.head).toBe(1);
    expect(hub.epoch).not.toBe(first.epoch);
  });
});

describe('a sidecar that is broken', () => {
  test.for(['', 'not json', '{"format":1}', '{"format":1,"epoch":"?"}', '[]'])(
    'is made anew: .meta %j',
    async (text, { openHub, ledgerPath }) => {
      const first = await openHub({ path: ledgerPath });
      for (let n = 0; n < 10; n += 1) first.emit(event(n));
      await first.close();
      writeFileSync(`${ledgerPath}.meta`, text);
      const hub = await openHub({ path: ledgerPath });
      expect(hub.head).toBe(10);
      expect(hub.epoch).not.toBe(first.epoch);
    },
  );

  test.for([0, 100, 64 * 1024, 100_000])(
    'is made anew: a spool of %i bytes',
    async (size, { openHub, ledgerPath }) => {
      const first = await openHub({ path: ledgerPath });
      for (let n = 0; n < 10; n += 1) first.emit(event(n));
      await first.close();
      writeFileSync(`${ledgerPath}.spool`, Buffer.alloc(size, 0xff));
      const hub = await openHub({ path: ledgerPath });
      expect([hub.head, hub.epoch]).toEqual([10, first.epoch]);
      expect(await hub.emitDurable(event(10))).toBe(10);
    },
  );
});
