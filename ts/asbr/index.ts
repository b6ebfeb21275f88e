/**
 * Drop-in for `@cortex-os/asbr` as of 2025-10-13: events, server, client, configuration, types.
 *
 * Same names and signatures; what differs stands in the header of each module and in docs/asbr.md.
 * The contents of the original's entries `.`, `./sdk` and `./types` are all here. Not here: diff,
 * evidence, cerebrum, accessibility and MCP sandbox.
 */
export * from './auth/index.js';
export * from './config/index.js';
export * from './connectors/index.js';
export * from './events/index.js';
export { type InitializedASBR, type InitializeOptions, initializeASBR } from './initialize.js';
export * from './lib/index.js';
export {
  ASBRClient,
  type ASBRClientOptions,
  type AsbrEvent,
  type ConnectorServiceMapResponse,
  createASBRClient,
  createIdempotencyKey,
  createTaskInput,
  type EventGap,
  type SubscribeOptions,
  type TaskInputOptions,
} from './sdk/index.js';
export * from './server/index.js';
export * from './types/index.js';
export * from './xdg/index.js';

/** The version of the interface that is matched. */
export const VERSION = '1.0.0';

/** The `schema` field of each kind of document. */
export const SCHEMA_VERSIONS = {
  TASK: 'cortex.task@1',
  TASK_INPUT: 'cortex.task.input@1',
  EVIDENCE: 'cortex.evidence@1',
  ARTIFACT: 'cortex.artifact@1',
  PROFILE: 'cortex.profile@1',
};

/** `true`, for callers that check that the module holds code and not only types. */
export const ASBR_RUNTIME_SENTINEL = true;
