/** The primitives. */
export type { AttachOptions, SseResponse, SseSubscription, SseSubscriptionStats } from './attach-types.js';
export { EventHub } from './event-hub.js';
export type { ManifestRequest, ManifestResponse, RespondOptions } from './manifest-response.js';
export type {
  CurrentManifest,
  ManifestKey,
  ManifestKeys,
  ManifestStats,
  ManifestWarning,
  SignedManifestOptions,
} from './manifest-types.js';
export {
  type CanonicalInput,
  canonicalizeJson,
  type VerifiedManifest,
  type VerifyOptions,
  verifyManifest,
} from './manifest-verify.js';
export { SignedManifest } from './signed-manifest.js';
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
