import { z } from 'zod';

/** How much risk a user accepts. */
export type RiskPreference = 'low' | 'balanced' | 'high';
/** How much text a user wants. */
export type Verbosity = 'low' | 'high';
/** How much movement a user wants on the screen. */
export type Motion = 'reduced' | 'full';
/** The colour contrast a user wants. */
export type Contrast = 'high' | 'default';

/** Wishes of a user; an absent field means no wish. Unknown keys are stripped. */
export const PreferencesSchema = z.object({
  risk: z.enum(['low', 'balanced', 'high']).optional(),
  verbosity: z.enum(['low', 'high']).optional(),
  motion: z.enum(['reduced', 'full']).optional(),
  contrast: z.enum(['high', 'default']).optional(),
});

export type Preferences = z.infer<typeof PreferencesSchema>;
