/** The primitives. */
export type { AttachOptions, SseResponse, SseSubscription, SseSubscriptionStats } from './attach-types.js';
export { EventHub } from './event-hub.js';
export { Ledger } from './ledger.js';
export { LedgerConsumer } from './ledger-consumer.js';
export type {
  Anchor,
  LedgerOptions,
  LedgerQuery,
  LedgerSegment,
  LedgerStats,
  ProblemKind,
  Repair,
  TailQuery,
  Verification,
  VerifyOptions,
} from './ledger-types.js';
export type {
  Durability,
  EmitWhere,
  EventFilter,
  EventHubOptions,
  EventMeta,
  EventQuery,
  EventRecord,
  FanOutStats,
  Gap,
  GapReason,
  HubStats,
  RetainOptions,
  RotatedSegment,
  RotateOptions,
  StreamItem,
  StreamOptions,
} from './types.js';
export type {
  EventSocketLike,
  SocketEvent,
  SocketEventMessage,
  SocketGapMessage,
  SocketListener,
  SocketMessage,
  SocketOptions,
  SocketStats,
  SocketSubscription,
  SocketSubscriptionStats,
} from './websocket-types.js';
