/** Closing: once, whoever asks, and nothing after it. */
import { EventHub } from '@cortex-os/native';
import { describe, expect, vi } from 'vitest';
import { codeOf } from '../support/errors.js';
import { test } from '../support/worker-test.js';

const noResponse = { write: () => true, end() {} };

describe('close', () => {
  test('is one promise, however often it is called', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    hub.emit({});
    const first = hub.close();
    expect(hub.close()).toBe(first);
    await first;
    expect(await hub.close()).toBeUndefined();
  });

  test('may be called from within: a callback, an ended connection, an error', async ({ openHub }) => {
    const inCallback = await openHub();
    inCallback.subscribe({}, () => void inCallback.close());
    expect(inCallback.emit({})).toBe(0);
    await inCallback.close();

    const inOnClose = await openHub();
    let closed: Promise<void> | undefined;
    inOnClose.attach(noResponse, {
      onClose: () => {
        closed = inOnClose.close();
      },
    });
    const closing = inOnClose.close();
    await closing;
    expect(closed).toBe(closing);

    const inOnError: EventHub = await openHub({ onError: () => void inOnError.close() });
    inOnError.subscribe({}, () => {
      throw new Error('broken');
    });
    inOnError.emit({});
    await inOnError.close();
    expect(await codeOf(() => inOnError.emit({}))).toBe('ERR_HUB_CLOSED');
  });

  test('from a callback leaves those that follow their event', async ({ openHub, startWorker }) => {
    const onError = vi.fn();
    const hub = await openHub({ onError });
    const seen: unknown[] = [];
    const worker = await startWorker(hub.handle);
    hub.subscribe({}, (event) => {
      seen.push(event);
      void hub.close();
    });
    hub.subscribe({}, (event) => seen.push(event));
    const emitted = worker.call('emit', 'worker', 3);
    while (hub.head < 3);
    expect(hub.emit('own')).toBe(3);
    await hub.close();
    await emitted;
    expect(seen.slice(0, 2)).toEqual(Array(2).fill({ by: 'worker', n: 0 }));
  });

  test('holds from the moment it is called', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const before = hub.emitDurable({ n: 0 });
    const closing = hub.close();
    expect(hub.tryEmit({ n: 1 })).toBe(-4);
    expect(await codeOf(() => hub.emitDurable({ n: 1 }))).toBe('ERR_HUB_CLOSED');
    expect(await before).toBe(0);
    await closing;
    expect((await openHub({ path: ledgerPath })).head).toBe(1);
  });

  test('is what await using does', async ({ openHub, ledgerPath }) => {
    {
      await using hub = await EventHub.open({ path: ledgerPath });
      hub.emit({});
    }
    expect((await openHub({ path: ledgerPath })).head).toBe(1);
  });
});

describe('after close', () => {
  const calls: [string, (hub: EventHub) => unknown][] = [
    ['emit', (hub) => hub.emit({})],
    ['emitDurable', (hub) => hub.emitDurable({})],
    ['durable', (hub) => hub.durable(0)],
    ['drained', (hub) => hub.drained()],
    ['flush', (hub) => hub.flush()],
    ['subscribe', (hub) => hub.subscribe({}, () => {})],
    ['stream', (hub) => hub.stream()],
    ['read', (hub) => hub.read()],
    ['readWindow', (hub) => hub.readWindow()],
    ['find', (hub) => hub.find('x')],
    ['findInLedger', (hub) => hub.findInLedger('x')],
    ['attach', (hub) => hub.attach(noResponse)],
    ['prune', (hub) => hub.prune()],
    ['stats', (hub) => hub.stats()],
  ];

  test.for(calls)('%s says ERR_HUB_CLOSED', async ([, call], { openHub }) => {
    const hub = await openHub();
    hub.emit({});
    await hub.close();
    expect(await codeOf(() => call(hub))).toBe('ERR_HUB_CLOSED');
  });

  test('a heartbeat goes nowhere, and the names of the hub remain', async ({ openHub }) => {
    const hub = await openHub();
    const { epoch, handle } = hub;
    await hub.close();
    hub.heartbeat();
    expect([hub.epoch, hub.handle, hub.cursor(7), hub.pressure]).toEqual([
      epoch,
      handle,
      `${epoch}-7`,
      false,
    ]);
  });
});
