import type { z } from 'zod/v3';
import { zod } from '../../callers-zod.js';

/** How much risk a user accepts. */
export type RiskPreference = 'low' | 'balanced' | 'high';
/** How much text a user wants. */
export type Verbosity = 'low' | 'high';
/** How much movement a user wants on the screen. */
export type Motion = 'reduced' | 'full';
/** The colour contrast a user wants. */
export type Contrast = 'high' | 'default';

/** Wishes of a user; an absent field means no wish. Unknown keys are stripped. */
export const PreferencesSchema = zod.object({
  risk: zod.enum(['low', 'balanced', 'high']).optional(),
  verbosity: zod.enum(['low', 'high']).optional(),
  motion: zod.enum(['reduced', 'full']).optional(),
  contrast: zod.enum(['high', 'default']).optional(),
});

export type Preferences = z.infer<typeof PreferencesSchema>;
