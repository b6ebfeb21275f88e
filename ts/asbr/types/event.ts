import type { z } from 'zod/v3';
import { zod } from '../../callers-zod.js';

/** All event types, in canonical order. */
export const EVENT_TYPES = [
  'PlanStarted',
  'StepCompleted',
  'AwaitingApproval',
  'Canceled',
  'Resumed',
  'DeliverableReady',
  'Failed',
] as const;

/** What an event says happened. */
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * One thing that happened to a task. `timestamp` is ISO 8601 ending in `Z`;
 * `traceparent` has the W3C form, version 00 (ids of zeros only are accepted, as in the original).
 */
export const EventSchema = zod.object({
  id: zod.string().uuid(),
  type: zod.enum(EVENT_TYPES),
  taskId: zod.string().uuid(),
  step: zod.string().optional(),
  ariaLiveHint: zod.string().optional(),
  evidenceDelta: zod.array(zod.string().uuid()).optional(),
  timestamp: zod.string().datetime(),
  data: zod.record(zod.string(), zod.unknown()).optional(),
  traceparent: zod
    .string()
    .regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
});

export type Event = z.infer<typeof EventSchema>;
