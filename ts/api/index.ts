/** The primitives. */
export type { AttachOptions, SseResponse, SseSubscription, SseSubscriptionStats } from './attach-types.js';
export { EventHub } from './event-hub.js';
export { GuardedLimiter, type GuardedLimiterOptions } from './guarded-limiter.js';
export { Ledger } from './ledger.js';
export { LedgerConsumer } from './ledger-consumer.js';
export type {
  LedgerAnchor,
  LedgerOptions,
  LedgerProgress,
  LedgerQuery,
  LedgerRepair,
  LedgerRepairOptions,
  LedgerSegment,
  LedgerStats,
  LedgerVerification,
  LedgerVerifyOptions,
  ProblemKind,
  TailQuery,
} from './ledger-types.js';
export type { Awaitable, Budget, Limiter, LimitOutcome, LimitResult } from './limiter-types.js';
export type { LineStats } from './lines/lines.js';
export type { ManifestRequest, ManifestResponse, RespondOptions } from './manifest-response.js';
export type {
  CurrentManifest,
  ManifestKey,
  ManifestKeys,
  ManifestSchema,
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
export { openBeneath, type PathLike, PathScope } from './path-scope.js';
export {
  type AuditEntry,
  type AuditTarget,
  DEFAULT_PATH_ARGUMENTS,
  type Decision,
  type DecisionCode,
  type GrantRecord,
  type PolicyEngineOptions,
  type PolicyGrant,
  type PolicyStats,
  Verdict,
} from './policy/types.js';
export { PolicyEngine } from './policy-engine.js';
export { addressKey, rateLimitHeaders } from './rate-limit-headers.js';
export { SignedManifest } from './signed-manifest.js';
export {
  type Lease,
  TableLimiter,
  type TableLimiterOptions,
  type TableLimiterStats,
} from './table-limiter.js';
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
