/** Arguments of the wrong kind or out of range: refused by name, with nothing opened or changed. */
import { EventHub, type EventHubOptions, HubError } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { rejection, thrown } from '../support/errors.js';
import { test } from '../support/hub-test.js';

/** What a program in plain JavaScript may pass. */
const wrong = <T>(value: unknown) => value as T;

const OPTIONS: [option: string, value: unknown][] = [
  ['path', 5],
  ['path', null],
  ['shared', 'yes'],
  ['durability', 7],
  ['durability', 'sometimes'],
  ['ringBytes', '1 MB'],
  ['ringBytes', 1000],
  ['ringBytes', -1],
  ['ringBytes', Number.NaN],
  ['ringBytes', 2 ** 33],
  ['maxLineBytes', 10],
  ['maxLineBytes', 5 * 1024 * 1024],
  ['maxLineBytes', 300.5],
  ['maxEvents', 0],
  ['maxTopicEvents', 0],
  ['maxBytes', 0],
  ['idleMs', -5],
  ['topicField', 1],
  ['typeField', {}],
  ['idField', []],
  ['heartbeatMs', -1],
  ['heartbeatMs', Number.POSITIVE_INFINITY],
  ['heartbeatFrame', 0],
  ['retryMs', 0.5],
  ['now', Date.now()],
  ['keepAlive', 1],
  ['exitDrainMs', '2s'],
  ['onError', 'console'],
];

describe('an option of a hub', () => {
  test.for(OPTIONS)('%s: %j is refused by both ways to open', async ([option, value]) => {
    const options = wrong<EventHubOptions>({ [option]: value });
    for (const error of [thrown(() => EventHub.openSync(options)), await rejection(EventHub.open(options))]) {
      expect(error).toBeInstanceOf(HubError);
      expect(error).toMatchObject({ code: 'ERR_HUB_OPTION_INVALID', fields: { option } });
      expect((error as HubError).message).toContain(option);
    }
  });

  test('that is refused leaves no ledger behind', async ({ openHub, ledgerPath }) => {
    await rejection(EventHub.open(wrong({ path: ledgerPath, maxEvents: 0 })));
    await rejection(EventHub.open(wrong({ path: ledgerPath, heartbeatMs: 'often' })));
    await openHub({ path: ledgerPath });
  });

  test('that is undefined is absent', async ({ openHub }) => {
    const names = OPTIONS.map(([name]) => [name, undefined]);
    const hub = await openHub(Object.fromEntries(names));
    expect(hub.stats().ringBytes).toBe(16 * 1024 * 1024);
  });

  test('that is absent goes with those that are there: a small ring has short lines', async ({ openHub }) => {
    const hub = await openHub({ ringBytes: 64 * 1024 });
    expect(hub.tryEmit('x'.repeat(16 * 1024 - 2))).toBe(0);
    expect(hub.tryEmit('x'.repeat(16 * 1024 - 1))).toBe(-2);
  });

  test('may be inherited or computed', async ({ openHub }) => {
    class Settings {
      get ringBytes() {
        return 8 * 1024 * 1024;
      }
    }
    expect((await openHub(new Settings())).stats().ringBytes).toBe(8 * 1024 * 1024);
  });
});

describe('an argument', () => {
  const calls: [string, (hub: EventHub) => unknown][] = [
    ['topic', (hub) => hub.subscribe({ topic: wrong(5) }, () => {})],
    ['types', (hub) => hub.subscribe({ types: wrong('started') }, () => {})],
    ['types', (hub) => hub.stream({ types: wrong([1]) })],
    ['after', (hub) => hub.stream({}, { after: wrong({}) })],
    ['maxBuffered', (hub) => hub.stream({}, { maxBuffered: -1 })],
    ['topic', (hub) => hub.attach({ write() {}, end() {} }, { topic: wrong(null) })],
    ['onGap', (hub) => hub.attach({ write() {}, end() {} }, { onGap: wrong('stop') })],
    ['limit', (hub) => hub.readWindow({ limit: wrong('10') })],
    ['limit', (hub) => hub.read({ limit: -1 })],
    ['after', (hub) => hub.read({ after: Number.NaN })],
    ['before', (hub) => hub.readWindow({ before: wrong(true) })],
    ['id', (hub) => hub.find(wrong(7))],
    ['id', (hub) => hub.findInLedger(wrong(7))],
    ['nowMs', (hub) => hub.prune(-1)],
    ['handle', () => EventHub.fromHandle(wrong('1'))],
  ];

  test.for(calls)('%s of the wrong kind is refused', async ([option, call], { openHub }) => {
    const hub = await openHub();
    const error = await rejection((async () => call(hub))());
    expect(error).toMatchObject({ code: 'ERR_HUB_OPTION_INVALID', fields: { option } });
    expect(hub.stats()).toMatchObject({ subscriptions: 0, streams: 0, connections: 0, topics: 0 });
  });
});
