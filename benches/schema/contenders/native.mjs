/**
 * This package, given the same schema of zod 3: generated JavaScript for objects, the fused pass for bytes. The zod is the
 * one beside the package, as where it is installed, and of the same version as the other contender's.
 */
import { z } from 'zod/v3';
import { Schema } from '../../harness/native.mjs';
import { RELAYED } from '../parsing.mjs';
import { eventOf, manifestOf } from '../zod-schemas.mjs';

export const open = (kind) => {
  const schema = Schema.compile(kind === 'event' ? eventOf(z) : manifestOf(z), { errors: 'zod' });
  return {
    copies: true,
    claimsZodIssues: true,
    parse: (value) => schema.parse(value),
    accepts: (value) => schema.is(value),
    errorsOf: (value) => schema.safeParse(value).error.issues,
    pathOf: (issue) => issue.path.join('.'),
    acceptsBytes: (bytes) => schema.checkBytes(bytes),
    errorsOfBytes: (bytes) => schema.safeParseBytes(bytes).error.issues,
    acceptsLines: (bytes) => schema.checkNdjson(bytes),
    relay: (hub, bytes) => hub.emitBytes(bytes, RELAYED),
    hubOptions: { schema },
  };
};
