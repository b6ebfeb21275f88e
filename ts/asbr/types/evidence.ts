import { z } from 'zod';

/** How far a claim may be trusted. */
export type EvidenceRisk = 'low' | 'medium' | 'high' | 'unknown';

/** Where a piece of evidence is found; `start` and `end` are whatever the source counts in. */
export const EvidencePointerSchema = z.object({
  path: z.string(),
  start: z.number().optional(),
  end: z.number().optional(),
  url: z.string().optional(),
  hash: z.string(),
});

export type EvidencePointer = z.infer<typeof EvidencePointerSchema>;

/** A claim with its sources. `confidence` runs from 0 to 1. */
export const EvidenceSchema = z.object({
  id: z.string().uuid(),
  source: z.enum(['file', 'url', 'repo', 'note']),
  pointers: z.array(EvidencePointerSchema),
  claim: z.string(),
  confidence: z.number().min(0).max(1),
  risk: z.enum(['low', 'medium', 'high', 'unknown']),
  createdAt: z.string().datetime(),
  schema: z.literal('cortex.evidence@1'),
});

export type Evidence = z.infer<typeof EvidenceSchema>;
