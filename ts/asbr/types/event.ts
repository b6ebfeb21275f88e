import { z } from 'zod';

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
export const EventSchema = z.object({
  id: z.string().uuid(),
  type: z.enum(EVENT_TYPES),
  taskId: z.string().uuid(),
  step: z.string().optional(),
  ariaLiveHint: z.string().optional(),
  evidenceDelta: z.array(z.string().uuid()).optional(),
  timestamp: z.string().datetime(),
  data: z.record(z.string(), z.unknown()).optional(),
  traceparent: z
    .string()
    .regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
});

export type Event = z.infer<typeof EventSchema>;
