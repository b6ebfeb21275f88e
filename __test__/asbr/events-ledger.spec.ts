import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  createEventManager,
  type EventManager,
  getStatePath,
  initializeXDG,
  setLogger,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { canLimitFileSize, limitFileSize } from '../support/failing-disk.js';
import { bareResponse, configWith, idsOf, ledgerEvents, makeEvent, makeEvents } from './events-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

let managers: EventManager[] = [];
const logError = vi.fn();

function newManager(options?: Parameters<typeof createEventManager>[1]) {
  const manager = createEventManager(configWith(), options);
  managers.push(manager);
  return manager;
}

beforeEach(async () => {
  await initializeXDG();
  logError.mockClear();
  setLogger({ logError });
});

afterEach(async () => {
  setLogger();
  const opened = managers;
  managers = [];
  for (const manager of opened) await manager.close();
});

describe('the ledger', () => {
  test('has each event as one line of JSON when emitEvent resolves', async () => {
    const manager = newManager();
    const events = makeEvents(20);
    for (const event of events) {
      await manager.emitEvent(event);
      expect((await ledgerEvents()).at(-1)).toEqual(event);
    }
    expect(await ledgerEvents()).toEqual(events);
  });

  test('is common to the managers of a process, each hearing only its own events', async () => {
    const [one, two] = [newManager(), newManager()];
    const heard = { one: vi.fn(), two: vi.fn() };
    one.subscribe({}, heard.one);
    two.subscribe({}, heard.two);
    const events = makeEvents(6);
    await Promise.all(events.map((event, index) => (index % 2 ? one : two).emitEvent(event)));
    expect(await ledgerEvents()).toEqual(events);
    expect(heard.one).toHaveBeenCalledTimes(3);
    expect(heard.two).toHaveBeenCalledTimes(3);
  });

  test('goes on after stop and close, with new managers too', async () => {
    const events = makeEvents(4);
    for (const event of events) {
      const manager = newManager();
      await manager.emitEvent(event);
      manager.stop();
    }
    await managers[0]?.emitEvent(makeEvent());
    expect(idsOf(await ledgerEvents()).slice(0, 4)).toEqual(idsOf(events));
    expect(logError).not.toHaveBeenCalled();
  });

  test('is not created before the first event', async () => {
    newManager();
    await expect(ledgerEvents()).rejects.toThrow('ENOENT');
  });

  test('may lie elsewhere', async () => {
    const ledgerPath = join(dirname(getStatePath('x')), 'elsewhere.ndjson');
    const event = makeEvent();
    await newManager({ ledgerPath, durability: 'group' }).emitEvent(event);
    expect(await ledgerEvents(ledgerPath)).toEqual([event]);
  });
});

describe('a ledger that cannot be opened', () => {
  const folder = () => dirname(getStatePath('ledger.ndjson'));

  test('is logged for each event, and the events are delivered all the same', async () => {
    await rm(folder(), { recursive: true });
    const manager = newManager();
    const callback = vi.fn();
    manager.subscribe({}, callback);
    const events = makeEvents(3);
    await Promise.all(events.map((event) => manager.emitEvent(event)));
    expect(callback).toHaveBeenCalledTimes(3);
    expect(logError.mock.calls.map(([message]) => message)).toEqual(Array(3).fill('Failed to persist event'));
    expect(logError.mock.calls[0]?.[1]).toMatchObject({ eventId: events[0]?.id, taskId: events[0]?.taskId });
  });

  test('is taken up as soon as it can be', async () => {
    await rm(folder(), { recursive: true });
    const manager = newManager();
    await manager.emitEvent(makeEvent());
    await mkdir(folder(), { recursive: true });
    const event = makeEvent();
    await manager.emitEvent(event);
    expect(await ledgerEvents()).toEqual([event]);
    expect(logError).toHaveBeenCalledTimes(1);
    expect(manager.getEvents({})).toHaveLength(2);
  });

  test('throws at once when it is required', async () => {
    const file = getStatePath('a-file');
    await writeFile(file, '');
    const open = () => newManager({ ledgerPath: join(file, 'ledger.ndjson'), ledgerRequired: true });
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_LEDGER_OPEN' }));
  });

  test('because another process has it, is logged with that reason', async () => {
    const other = await holdLedger(getStatePath('ledger.ndjson'));
    const manager = newManager();
    await manager.emitEvent(makeEvent());
    expect(logError.mock.calls[0]?.[1]).toMatchObject({ error: { code: 'ERR_LEDGER_LOCKED' } });
    other.kill();
  });
});

// /dev/null takes every byte and cannot be synced: the first sync fails.
describe.skipIf(!canLimitFileSize)('a ledger that fails while it is in use', () => {
  afterEach(() => limitFileSize('unlimited'));

  test('is logged, and events and streams go on in memory', async () => {
    const manager = newManager({ durability: 'group' });
    const callback = vi.fn();
    manager.subscribe({}, callback);
    const written = makeEvent();
    await manager.emitEvent(written);
    limitFileSize(100);
    const events = makeEvents(3);
    for (const event of events) {
      await manager.emitEvent(event);
      limitFileSize('unlimited'); // the ledger stays as failed as it is
    }
    expect(callback.mock.calls.flat()).toEqual([written, ...events]);
    const lost = logError.mock.calls.filter(([message]) => message === 'Failed to persist event');
    expect(lost.map(([, meta]) => meta.eventId)).toEqual(idsOf(events));
    expect(lost[0]?.[1]).toMatchObject({ error: { code: 'ERR_LEDGER_FAILED' } });
    const response = bareResponse();
    manager.createSSEStream(response, {});
    const last = makeEvent();
    await manager.emitEvent(last);
    await vi.waitFor(() => expect(response.text()).toContain(last.id), { timeout: 20_000 });
  });
});

/** A process that has the ledger open. */
async function holdLedger(path: string): Promise<ChildProcess> {
  const open = `require('@cortex-os/native').EventHub.openSync({ path: process.argv[1], keepAlive: true })`;
  const child = spawn(process.execPath, ['-e', `${open}; console.log('open')`, path], {
    cwd: join(import.meta.dirname, '..', '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}
