/** What compiles against the main entry, and what must not. */
import { createServer } from 'node:http';
import {
  type EventFilter,
  EventHub,
  type EventHubOptions,
  type EventRecord,
  type HubStats,
  type SseSubscription,
  type StreamItem,
} from '@cortex-os/native';
import { expectTypeOf, test } from 'vitest';

declare const hub: EventHub;

test('a hub is opened, never constructed', () => {
  expectTypeOf(EventHub.open).returns.resolves.toEqualTypeOf<EventHub>();
  expectTypeOf(EventHub.openSync({ path: 'ledger.ndjson', durability: 'always' })).toEqualTypeOf<EventHub>();
  expectTypeOf(EventHub.fromHandle(hub.handle)).toEqualTypeOf<EventHub>();
  // @ts-expect-error: the constructor is private
  new EventHub(1);
});

test('options are optional, and named and typed as documented', () => {
  ({}) satisfies EventHubOptions;
  ({ ringBytes: 1 << 24, idleMs: 60_000, now: () => Date.now(), keepAlive: true }) satisfies EventHubOptions;
  // @ts-expect-error: no such durability
  ({ durability: 'maybe' }) satisfies EventHubOptions;
  // @ts-expect-error: sizes are numbers
  ({ maxBytes: '16MB' }) satisfies EventHubOptions;
  // @ts-expect-error: no such option
  ({ maxEvent: 10 }) satisfies EventHubOptions;
});

test('emitting gives a number, or a promise of one', () => {
  expectTypeOf(hub.emit({ id: 1 }, { topic: 'a', type: 'b' })).toEqualTypeOf<number>();
  expectTypeOf(hub.tryEmit('any JSON value')).toEqualTypeOf<number>();
  expectTypeOf(hub.emitDurable([])).toEqualTypeOf<Promise<number>>();
  expectTypeOf(hub.durable(3)).toEqualTypeOf<Promise<number>>();
  // @ts-expect-error: topics are strings
  hub.emit({}, { topic: 7 });
});

test('a filter takes one topic and any number of types', () => {
  const types = ['created', 'done'] as const;
  ({ topic: 'a', types }) satisfies EventFilter;
  // @ts-expect-error: types is a list
  ({ types: 'created' }) satisfies EventFilter;
});

test('a callback gets an event it has to narrow, and where it stands', () => {
  const unsubscribe = hub.subscribe({ topic: 'a' }, (event, meta) => {
    expectTypeOf(event).toBeUnknown();
    expectTypeOf(meta.offset).toEqualTypeOf<number>();
    // @ts-expect-error: it is the log's
    meta.offset = 4;
  });
  expectTypeOf(unsubscribe).toEqualTypeOf<() => void>();
});

test('a stream yields events or a gap, told apart by a property', async () => {
  for await (const item of hub.stream({}, { after: 'k3v9x2qa-17', signal: new AbortController().signal })) {
    expectTypeOf(item).toEqualTypeOf<StreamItem>();
    if ('gap' in item) expectTypeOf(item.gap.oldest).toEqualTypeOf<string>();
    else expectTypeOf(item).toEqualTypeOf<EventRecord>();
    // @ts-expect-error: a gap has no offset
    item.offset;
  }
});

test('reading gives records, at once or later', () => {
  expectTypeOf(hub.read({ after: 4, limit: 10 })).toEqualTypeOf<Promise<EventRecord[]>>();
  expectTypeOf(hub.readWindow({ before: 'k3v9x2qa-17' })).toEqualTypeOf<EventRecord[]>();
  expectTypeOf(hub.find('id')).toEqualTypeOf<number | undefined>();
  expectTypeOf(hub.findInLedger('id')).toEqualTypeOf<Promise<number | undefined>>();
  expectTypeOf(hub.stats()).toEqualTypeOf<HubStats>();
});

test('a response of node:http can be attached, a string cannot', () => {
  createServer((_, response) => {
    expectTypeOf(hub.attach(response, { topic: 'a', onGap: 'end' })).toEqualTypeOf<SseSubscription>();
  });
  // @ts-expect-error: not a response
  hub.attach('response');
});

test('a hub is disposed of by `await using`', () => {
  expectTypeOf(hub).toExtend<AsyncDisposable>();
  expectTypeOf(hub.close()).toEqualTypeOf<Promise<void>>();
});
