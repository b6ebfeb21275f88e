import { z } from 'zod';
import { PreferencesSchema } from './preferences.js';

/** How practised a user is. */
export type SkillLevel = 'beginner' | 'intermediate' | 'expert';
/** The `aria-live` level of an announcement. */
export type AriaLivePriority = 'polite' | 'assertive';
/** What an announcement tells. */
export type AnnouncementType = 'status' | 'progress' | 'error' | 'success' | 'info';

/** A user: skill, tools, accessibility needs. `a11y` must be there, its fields need not. */
export const ProfileSchema = z.object({
  id: z.string().uuid(),
  skill: z.enum(['beginner', 'intermediate', 'expert']),
  tools: z.array(z.string()),
  a11y: z.object({
    keyboardOnly: z.boolean().optional(),
    screenReader: z.boolean().optional(),
    reducedMotion: z.boolean().optional(),
    highContrast: z.boolean().optional(),
  }),
  preferences: PreferencesSchema.optional(),
  schema: z.literal('cortex.profile@1'),
});

export type Profile = z.infer<typeof ProfileSchema>;
