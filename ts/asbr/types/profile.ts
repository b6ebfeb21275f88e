import type { z } from 'zod/v3';
import { zod } from '../../callers-zod.js';
import { PreferencesSchema } from './preferences.js';

/** How practised a user is. */
export type SkillLevel = 'beginner' | 'intermediate' | 'expert';
/** The `aria-live` level of an announcement. */
export type AriaLivePriority = 'polite' | 'assertive';
/** What an announcement tells. */
export type AnnouncementType = 'status' | 'progress' | 'error' | 'success' | 'info';

/** A user: skill, tools, accessibility needs. `a11y` must be there, its fields need not. */
export const ProfileSchema = zod.object({
  id: zod.string().uuid(),
  skill: zod.enum(['beginner', 'intermediate', 'expert']),
  tools: zod.array(zod.string()),
  a11y: zod.object({
    keyboardOnly: zod.boolean().optional(),
    screenReader: zod.boolean().optional(),
    reducedMotion: zod.boolean().optional(),
    highContrast: zod.boolean().optional(),
  }),
  preferences: PreferencesSchema.optional(),
  schema: zod.literal('cortex.profile@1'),
});

export type Profile = z.infer<typeof ProfileSchema>;
