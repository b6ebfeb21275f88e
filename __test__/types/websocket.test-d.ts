/** What compiles against `hub.attachSocket`, and what must not. */
import type {
  EventHub,
  GapReason,
  SocketEventMessage,
  SocketMessage,
  SocketOptions,
  SocketStats,
  SocketSubscription,
} from '@cortex-os/native';
import type { WebSocket as StandardWebSocket } from 'undici';
import { expectTypeOf, test } from 'vitest';
import type { WebSocket } from 'ws';

declare const hub: EventHub;

test('sockets of ws, of undici and of browsers can be attached, other things cannot', () => {
  const filter = { topics: ['a', 'b'], types: ['x'] };
  expectTypeOf(hub.attachSocket({} as WebSocket)).toEqualTypeOf<SocketSubscription>();
  hub.attachSocket({} as StandardWebSocket, filter);
  hub.attachSocket({} as globalThis.WebSocket, filter, { after: 'k3v9x2qa-17' });
  // @ts-expect-error: not a socket
  hub.attachSocket('socket');
  // @ts-expect-error: a socket has to be listened to
  hub.attachSocket({ readyState: 1, bufferedAmount: 0, send() {}, close() {} });
});

test('options are optional, and named and typed as documented', () => {
  ({}) satisfies SocketOptions;
  ({ resumeWaitMs: 0, maxBufferedBytes: 65_536, onSlow: 'gap', onGap: 'live' }) satisfies SocketOptions;
  // @ts-expect-error: no such policy
  ({ onSlow: 'hurry' }) satisfies SocketOptions;
  // @ts-expect-error: a socket has no headers
  ({ headers: {} }) satisfies SocketOptions;
});

test('a message is an event or a gap, told apart by a property', () => {
  const read = (message: SocketMessage) => {
    if ('gap' in message) {
      expectTypeOf(message.gap.reason).toEqualTypeOf<GapReason | 'late'>();
    } else {
      expectTypeOf(message).toEqualTypeOf<SocketEventMessage>();
      expectTypeOf(message.event).toBeUnknown();
    }
  };
  expectTypeOf(read).toBeFunction();
});

test('a subscription ends with a code, and counts', () => {
  const subscription = {} as SocketSubscription;
  subscription.end();
  subscription.end(4001, 'enough');
  // @ts-expect-error: it is the hub's
  subscription.closed = true;
  expectTypeOf(subscription.stats().lagging).toEqualTypeOf<boolean>();
  expectTypeOf(hub.stats().sockets).toEqualTypeOf<SocketStats>();
});
