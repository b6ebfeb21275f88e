/** The schema of a manifest's documents, as the core takes it. */
import { ManifestError } from '../errors.js';
import { Schema } from '../schema/schema.js';
import type { SignedManifestOptions } from './manifest-types.js';

/** @throws ERR_SCHEMA_COMPILE for one that is wrong or needs JavaScript, ERR_MANIFEST_OPTION_INVALID */
export function nativeSchema(options: SignedManifestOptions): { schema?: number; normalise: boolean } {
  const { schema: source, normalise = false } = options;
  if (source === undefined) return { normalise };
  // A copy of this package elsewhere in the program has a class of its own, and the same schemas.
  const compiled = source instanceof Schema || isCompiled(source) ? source : compile(source);
  const { handle } = compiled;
  if (normalise && !compiled.canNormalise) {
    const expected = 'false for a schema with a default that moves';
    throw new ManifestError('ERR_MANIFEST_OPTION_INVALID', `normalise must be ${expected}, not true`, {
      option: 'normalise',
      expected,
      actual: 'true',
    });
  }
  return { schema: handle, normalise };
}

function isCompiled(source: NonNullable<SignedManifestOptions['schema']>): source is Schema {
  return typeof source === 'object' && source !== null && 'checkBytes' in source && 'canNormalise' in source;
}

function compile(source: Exclude<SignedManifestOptions['schema'], undefined | Schema>): Schema {
  // One overload per kind of source: together they take all of them.
  return Schema.compile(source as string);
}
