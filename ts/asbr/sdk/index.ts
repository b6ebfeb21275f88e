/**
 * Client side of ASBR.
 *
 * Matches `sdk/index.ts` of `@cortex-os/asbr`, 2025-10-13.
 *
 * Differences from the original:
 * - Events arrive: the stream's named events are read; the original waited for unnamed ones.
 * - The wait before a reconnect doubles up to 30 s (it stayed at 1 s), and the stream resumes
 *   behind the last event. A refusal that will not change ends the stream.
 * - Each subscriber has its own type filter; the first one's held for all, and was not applied.
 * - An event goes once to each subscriber, also when a task and all tasks are subscribed.
 * - To unsubscribe while a reconnect is pending and subscribe again opens one stream, not two.
 * - A callback that throws does not keep the event from others. Lost events are reported (`onGap`).
 * - Ids are URL-encoded; a base URL may end with a slash; artifact digests are checked.
 * - Only the origin of the base URL is asked, port included; the original compared host names.
 * - Failed requests are `ASBRError`s with `code` and `statusCode`; the messages are the same.
 * - Keys cover deadlines, profile and preferences where given, sort scopes the same in every
 *   locale, and do not depend on the order of keys in `inputs`.
 */
export type {
  ArtifactRef,
  Event as AsbrEvent,
  Profile,
  Task,
  TaskInput,
  TaskRef,
  UnsubscribeFunction,
} from '../types/index.js';
export {
  ASBRClient,
  type ASBRClientOptions,
  type ConnectorServiceMapResponse,
  createASBRClient,
} from './client.js';
export type { EventGap, SubscribeOptions } from './event-subscriptions.js';
export { createIdempotencyKey, createTaskInput, type TaskInputOptions } from './task-input.js';
