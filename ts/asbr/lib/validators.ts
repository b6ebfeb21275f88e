import { type CompiledModule, shipped } from '../../compiled-schemas.js';
import { EventSchema } from '../types/event.js';
import { EvidenceSchema } from '../types/evidence.js';
import { ProfileSchema } from '../types/profile.js';
import { ArtifactRefSchema, TaskInputSchema, TaskSchema } from '../types/task.js';

type Name =
  | 'ArtifactRefSchema'
  | 'EventSchema'
  | 'EvidenceSchema'
  | 'ProfileSchema'
  | 'TaskInputSchema'
  | 'TaskSchema';

/** Made by the build from the modules with those schemas. */
const code = require('../compiled.js') as CompiledModule<Name>;

/**
 * Schemas of ASBR as code: each has `is`, `parse` and `safeParse` with the results and the `ZodError`s of the schema of
 * that name, at a small part of its cost. The connector schemas are not among them: they hold functions.
 *
 * @example
 * const { success, data } = asbrValidators.Event.safeParse(received);
 */
export const asbrValidators = {
  TaskInput: shipped(TaskInputSchema, code.TaskInputSchema, code.INVALID),
  Task: shipped(TaskSchema, code.TaskSchema, code.INVALID),
  ArtifactRef: shipped(ArtifactRefSchema, code.ArtifactRefSchema, code.INVALID),
  Profile: shipped(ProfileSchema, code.ProfileSchema, code.INVALID),
  Event: shipped(EventSchema, code.EventSchema, code.INVALID),
  Evidence: shipped(EvidenceSchema, code.EvidenceSchema, code.INVALID),
};
