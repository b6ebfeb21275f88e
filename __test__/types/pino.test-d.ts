/** What compiles against the destination, and what must not. */
import type { EventHub } from '@cortex-os/native';
import { type LedgerDestination, ledgerDestination } from '@cortex-os/native/pino';
import pino, { type DestinationStream } from 'pino';
import { expectTypeOf, test } from 'vitest';

declare const destination: LedgerDestination;

test('a destination is one of pino', () => {
  expectTypeOf(destination).toExtend<DestinationStream>();
  pino(destination);
  pino({ level: 'info' }, pino.multistream([{ stream: destination }]));
});

test('it is made with a path and the options of a ledger', () => {
  expectTypeOf(ledgerDestination({ path: 'a', durability: 'always' })).toEqualTypeOf<LedgerDestination>();
  expectTypeOf(destination.hub).toEqualTypeOf<EventHub>();
  // @ts-expect-error: a ledger has a path
  ledgerDestination({});
  // @ts-expect-error: streams of readers have no say here
  ledgerDestination({ path: 'a', heartbeatMs: 1 });
});

test('its events have their arguments', () => {
  destination.on('drop', (line) => expectTypeOf(line).toEqualTypeOf<string>());
  destination.on('error', (error) => expectTypeOf(error).toEqualTypeOf<unknown>());
  // @ts-expect-error: there is no such event
  destination.on('written', () => {});
});
