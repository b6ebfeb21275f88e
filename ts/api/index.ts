/** The primitives. */
export type { AttachOptions, SseResponse, SseSubscription, SseSubscriptionStats } from './attach-types.js';
export { EventHub } from './event-hub.js';
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
  StreamItem,
  StreamOptions,
} from './types.js';
