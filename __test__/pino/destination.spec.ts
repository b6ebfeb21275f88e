/** A ledger as pino's destination: what pino, and callers of a sonic-boom, rely on. */
import { once } from 'node:events';
import { readFileSync, renameSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HubError } from '@cortex-os/native';
import {
  type LedgerDestination,
  type LedgerDestinationOptions,
  ledgerDestination,
} from '@cortex-os/native/pino';
import pino from 'pino';
import { describe, expect, vi } from 'vitest';
import { collect, settled } from '../ledger/ledger-test.js';
import { thrown } from '../support/errors.js';
import { canLimitFileSize, limitFileSize } from '../support/failing-disk.js';
import { test as base } from '../support/hub-test.js';

const test = base.extend<{ destination: (options?: Partial<LedgerDestinationOptions>) => LedgerDestination }>(
  {
    destination: async ({ ledgerPath }, use) => {
      const open: LedgerDestination[] = [];
      await use((options) => {
        const destination = ledgerDestination({ path: ledgerPath, ...options });
        open.push(destination);
        return destination;
      });
      for (const destination of open) {
        destination.on('error', () => {});
        if (!destination.writableEnded) {
          destination.destroy();
          await once(destination, 'close');
        }
      }
    },
  },
);

const ended = (destination: LedgerDestination) => {
  destination.end();
  return once(destination, 'close');
};
const flushed = (destination: LedgerDestination) =>
  new Promise<unknown>((resolve) => destination.flush(resolve));
const text = (path: string) => readFileSync(path, 'utf8');
const messages = (path: string) =>
  text(path)
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

describe('pino', () => {
  test('logs through it, child loggers, levels and errors as they are', async ({
    destination,
    ledgerPath,
  }) => {
    const target = destination();
    const logger = pino({ base: null }, target);
    logger.info({ a: 1 }, 'first');
    logger.child({ part: 'child' }).warn('second\nline');
    logger.debug('below the level');
    logger.error(new Error('third'));
    await ended(target);
    const lines = text(ledgerPath)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toMatchObject([
      { level: 30, a: 1, msg: 'first' },
      { level: 40, part: 'child', msg: 'second\nline' },
      { level: 50, err: { type: 'Error', message: 'third' }, msg: 'third' },
    ]);
  });

  test('flushes it: what was logged is then on the disk', async ({ destination, ledgerPath }) => {
    const target = destination();
    const logger = pino(target);
    for (let n = 0; n < 1000; n += 1) logger.info(`${n}`);
    await new Promise<void>((resolve, reject) =>
      logger.flush((error) => (error ? reject(error) : resolve())),
    );
    expect(target.hub.stats().durable).toBe(1000);
    expect(messages(ledgerPath)).toEqual(Array.from({ length: 1000 }, (_, n) => `${n}`));
  });

  test('has it flushed at once when it logs something fatal', ({ destination, ledgerPath }) => {
    const target = destination();
    const logger = pino(target);
    logger.info('before');
    logger.fatal('the end');
    expect(target.hub.stats().durable).toBe(2);
    expect(messages(ledgerPath)).toEqual(['before', 'the end']);
  });

  test('gives it what multistream gives its streams', async ({ destination, ledgerPath, folder }) => {
    const all = destination();
    const errors = destination({ path: `${folder}/errors.ndjson` });
    const streams = pino.multistream([
      { stream: all, level: 'info' },
      { stream: errors, level: 'error' },
    ]);
    const logger = pino({}, streams);
    logger.info('one');
    logger.error('two');
    streams.flushSync();
    expect(messages(ledgerPath)).toEqual(['one', 'two']);
    expect(messages(errors.file)).toEqual(['two']);
    streams.end();
    await Promise.all([once(all, 'close'), once(errors, 'close')]);
  });

  test('runs it in a thread of its own, by its name', async ({ ledgerPath }) => {
    const transport = pino.transport({ target: '@cortex-os/native/pino', options: { path: ledgerPath } });
    const logger = pino(transport);
    await once(transport, 'ready');
    for (let n = 0; n < 500; n += 1) logger.info(`${n} ${'ä'.repeat(n % 50)}`);
    await new Promise<void>((resolve, reject) =>
      logger.flush((error) => (error ? reject(error) : resolve())),
    );
    expect(messages(ledgerPath)).toHaveLength(500);
    transport.end();
    await once(transport, 'close');
    expect(messages(ledgerPath)).toEqual(Array.from({ length: 500 }, (_, n) => `${n} ${'ä'.repeat(n % 50)}`));
  });

  test('runs several of it in one thread, each with its level', async ({ ledgerPath, folder }) => {
    const errors = `${folder}/errors.ndjson`;
    const target = '@cortex-os/native/pino';
    const transport = pino.transport({
      targets: [
        { target, level: 'info', options: { path: ledgerPath } },
        { target, level: 'error', options: { path: errors } },
      ],
    });
    const logger = pino(transport);
    await once(transport, 'ready');
    logger.info('one');
    logger.error('two');
    transport.end();
    await once(transport, 'close');
    expect(messages(ledgerPath)).toEqual(['one', 'two']);
    expect(messages(errors)).toEqual(['two']);
  });

  test('hears of a transport that cannot be opened', async ({ folder }) => {
    const options = { path: `${folder}/missing/log.ndjson` };
    const transport = pino.transport({ target: '@cortex-os/native/pino', options });
    const [error] = (await once(transport, 'error')) as [Error]; // its message is all that comes from a worker
    expect(error.message).toContain(`cannot open the ledger: lock ${options.path}`);
  });
});

describe('a destination', () => {
  test('is ready in the next turn and throws when it cannot be opened', async ({ destination, folder }) => {
    const ready = vi.fn();
    const target = destination();
    target.on('ready', ready);
    expect(ready).not.toHaveBeenCalled();
    await nextTurn();
    expect(ready).toHaveBeenCalledOnce();
    expect(thrown(() => destination())).toMatchObject({ code: 'ERR_LEDGER_LOCKED' });
    expect(thrown(() => destination({ path: `${folder}/missing/x` }))).toMatchObject({
      code: 'ERR_LEDGER_OPEN',
    });
  });

  test('takes lines in any pieces', async ({ destination, ledgerPath }) => {
    const target = destination();
    for (const piece of ['{"n":', '0}\n{"n":1}\n{"n', '":2}', '\n', '{"n":3}\n\n', 'no json\n', 'the rest']) {
      expect(target.write(piece)).toBe(true);
    }
    expect(await flushed(target)).toBeUndefined();
    expect(text(ledgerPath)).toBe('{"n":0}\n{"n":1}\n{"n":2}\n{"n":3}\n\nno json\n');
    await ended(target);
    expect(text(ledgerPath)).toBe('{"n":0}\n{"n":1}\n{"n":2}\n{"n":3}\n\nno json\nthe rest\n');
  });

  test('emits finish, then close, once, and takes nothing afterwards', async ({ destination }) => {
    const target = destination();
    const told: string[] = [];
    for (const name of ['finish', 'close', 'error'] as const) target.on(name, () => told.push(name));
    target.write('1\n');
    await ended(target);
    target.end();
    target.destroy();
    target.flushSync();
    await nextTurn();
    expect(told).toEqual(['finish', 'close']);
    expect(thrown(() => target.write('2\n'))).toBeInstanceOf(HubError);
    expect(thrown(() => target.reopen())).toBeInstanceOf(HubError);
    expect(await flushed(target)).toMatchObject({ code: 'ERR_HUB_CLOSED' });
  });

  test('that is destroyed emits close only and has what it took', async ({ destination, ledgerPath }) => {
    const target = destination();
    const finish = vi.fn();
    target.on('finish', finish);
    target.write('1\n');
    target.destroy();
    await once(target, 'close');
    expect(finish).not.toHaveBeenCalled();
    expect(text(ledgerPath)).toBe('1\n');
  });

  test('asks to wait when the ring fills, holds what does not fit, and tells when it goes on', async ({
    destination,
    ledgerPath,
  }) => {
    const target = destination({ ringBytes: 64 * 1024, maxLineBytes: 4096 });
    const line = `${JSON.stringify({ pad: 'x'.repeat(1000) })}\n`;
    let count = 0;
    // Faster than the writer for long enough; the loop goes on after false, as loggers do.
    while (!target.writableNeedDrain || count < 2000) {
      target.write(line);
      count += 1;
    }
    await once(target, 'drain');
    expect(target.writableNeedDrain).toBe(false);
    await flushed(target); // the ring may have been full to just below what asks to wait
    expect(target.write(line)).toBe(true);
    await ended(target);
    expect(text(ledgerPath)).toBe(line.repeat(count + 1));
  });

  test('drops what is longer than a line may be, and more than it may hold, and says what', async ({
    destination,
    ledgerPath,
  }) => {
    const target = destination({ ringBytes: 64 * 1024, maxLineBytes: 1024, maxLength: 10_000 });
    const dropped: string[] = [];
    target.on('drop', (line) => dropped.push(line));
    target.write(`${'x'.repeat(1025)}\n1\n`);
    expect(dropped).toEqual(['x'.repeat(1025)]);
    target.reopen(); // from here on lines are held
    for (let n = 0; n < 20; n += 1) target.write(`${n}${'y'.repeat(990)}\n`);
    expect(dropped.length).toBeGreaterThan(5);
    await once(target, 'ready');
    await ended(target);
    expect(text(ledgerPath).split('\n')).toHaveLength(1 + 20 - (dropped.length - 1) + 1);
  });

  test('is opened anew after its file was moved away, losing no line', async ({
    destination,
    ledgerPath,
    folder,
  }) => {
    const target = destination();
    await once(target, 'ready');
    target.write('1\n');
    expect(await flushed(target)).toBeUndefined();
    renameSync(ledgerPath, `${folder}/moved.ndjson`);
    target.write('2\n');
    target.reopen();
    target.write('3\n');
    await once(target, 'ready');
    target.write('4\n');
    await ended(target);
    expect([text(`${folder}/moved.ndjson`), text(ledgerPath)]).toEqual(['1\n2\n', '3\n4\n']);
  });

  test('may go on in another file', async ({ destination, ledgerPath, folder }) => {
    const target = destination();
    target.write('1\n');
    target.reopen(`${folder}/other.ndjson`);
    target.write('2\n');
    await ended(target);
    expect([text(ledgerPath), text(`${folder}/other.ndjson`), target.file]).toEqual([
      '1\n',
      '2\n',
      `${folder}/other.ndjson`,
    ]);
  });

  test('goes on in new files, keeps a hash chain, and deletes what is too much', async ({ destination }) => {
    const target = destination({ rotate: { maxEvents: 10 }, retain: { maxSegments: 2 }, chain: true });
    const logger = pino(target);
    for (let n = 0; n < 55; n += 1) logger.info({ n }, 'line');
    await flushed(target);
    const ledger = await target.hub.ledger();
    await settled(() => ledger.oldest === 30);
    const found = await collect(ledger.read());
    expect(found.map(({ event }) => (event as { n: number }).n)).toEqual(
      Array.from({ length: 25 }, (_, n) => 30 + n),
    );
    expect(await ledger.verify()).toMatchObject({ ok: true, events: 25 });
  });

  test('names topics and types by fields of its lines, and is read like any hub', async ({ destination }) => {
    const target = destination({ topicField: 'part' });
    const seen = vi.fn();
    target.hub.subscribe({ topic: 'web' }, seen);
    target.write('{"part":"web","msg":"a"}\n{"part":"db","msg":"b"}\n');
    expect(target.hub.readWindow({ topic: 'db' }).map(({ line }) => line)).toEqual([
      '{"part":"db","msg":"b"}',
    ]);
    expect(seen.mock.calls.map(([event]) => event)).toEqual([{ part: 'web', msg: 'a' }]);
  });

  test.skipIf(!canLimitFileSize)(
    'tells of a ledger that failed, and reopening loses nothing',
    async ({ destination, ledgerPath }) => {
      const target = destination();
      const failed = once(target, 'error');
      limitFileSize(10_000);
      const line = `${JSON.stringify({ pad: 'x'.repeat(990) })}\n`;
      for (let n = 0; n < 30; n += 1) target.write(line);
      expect((await failed)[0]).toMatchObject({ code: 'ERR_LEDGER_FAILED' });
      target.on('error', () => {});
      expect(await flushed(target)).toMatchObject({ code: 'ERR_LEDGER_FAILED' });
      expect(thrown(() => target.flushSync())).toMatchObject({ code: 'ERR_LEDGER_FAILED' });
      for (let n = 0; n < 5; n += 1) target.write(line);
      limitFileSize('unlimited');
      target.reopen();
      await once(target, 'ready');
      await ended(target);
      expect(text(ledgerPath)).toBe(line.repeat(35));
    },
  );
});
