/** The types of ledgers and of the options that shape them. */
import {
  EventHub,
  type EventRecord,
  type Ledger,
  type LedgerAnchor,
  type LedgerConsumer,
  type LedgerStats,
  type LedgerVerification,
  type RotatedSegment,
} from '@cortex-os/native';
import { expectTypeOf, test } from 'vitest';

declare const ledger: Ledger;

test('options that shape a ledger', () => {
  void EventHub.open({
    path: 'l',
    rotate: { maxBytes: 1, maxAgeMs: 2 },
    retain: { maxBytes: 1, maxAgeMs: 2, maxSegments: 3 },
    compress: 'zstd',
    chain: { key: new Uint8Array(1) },
    timeField: 'at',
    onRotate: (segment) => expectTypeOf(segment).toEqualTypeOf<RotatedSegment>(),
  });
  // @ts-expect-error: there is no other compression
  void EventHub.open({ compress: 'gzip' });
  // @ts-expect-error: a bound is a number
  void EventHub.open({ rotate: { maxBytes: '1' } });
});

test('reading gives records', () => {
  const query = { since: new Date(), until: 1, topics: ['t'], skipCorrupt: true };
  expectTypeOf(ledger.read(query)).toExtend<AsyncIterable<EventRecord>>();
  expectTypeOf(ledger.tail({ signal: AbortSignal.abort() })).toExtend<AsyncIterable<EventRecord>>();
  expectTypeOf(ledger.find('id')).resolves.toEqualTypeOf<number | undefined>();
  // @ts-expect-error: a query is an object
  ledger.read('t');
});

test('what a ledger tells of itself', () => {
  expectTypeOf<EventHub['ledger']>().returns.resolves.toEqualTypeOf<Ledger>();
  expectTypeOf(ledger.stats()).resolves.toEqualTypeOf<LedgerStats>();
  expectTypeOf(ledger.anchor()).resolves.toEqualTypeOf<LedgerAnchor | undefined>();
  const found = ledger.verify({ key: 'k', anchors: [{ offset: 1, digest: '' }] });
  expectTypeOf(found).resolves.toEqualTypeOf<LedgerVerification>();
  expectTypeOf(ledger.consumer('c')).resolves.toEqualTypeOf<LedgerConsumer>();
});
