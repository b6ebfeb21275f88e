import type { z } from 'zod/v3';
import { zod } from '../../callers-zod.js';

/** How far a claim may be trusted. */
export type EvidenceRisk = 'low' | 'medium' | 'high' | 'unknown';

/** Where a piece of evidence is found; `start` and `end` are whatever the source counts in. */
export const EvidencePointerSchema = zod.object({
  path: zod.string(),
  start: zod.number().optional(),
  end: zod.number().optional(),
  url: zod.string().optional(),
  hash: zod.string(),
});

export type EvidencePointer = z.infer<typeof EvidencePointerSchema>;

/** A claim with its sources. `confidence` runs from 0 to 1. */
export const EvidenceSchema = zod.object({
  id: zod.string().uuid(),
  source: zod.enum(['file', 'url', 'repo', 'note']),
  pointers: zod.array(EvidencePointerSchema),
  claim: zod.string(),
  confidence: zod.number().min(0).max(1),
  risk: zod.enum(['low', 'medium', 'high', 'unknown']),
  createdAt: zod.string().datetime(),
  schema: zod.literal('cortex.evidence@1'),
});

export type Evidence = z.infer<typeof EvidenceSchema>;
