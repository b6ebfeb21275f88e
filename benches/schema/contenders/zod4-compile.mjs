/** Zod 4 with `z.compile`: the whole schema as generated code, refused unless all of it is. */
import { z } from 'zod4';
import { parsing } from '../parsing.mjs';
import { eventOf, manifestOf } from '../zod-schemas.mjs';
import { zodContender } from './zod.mjs';

export const open = (kind) => {
  const schema = z.compile(kind === 'event' ? eventOf(z) : manifestOf(z), { strict: true });
  const contender = zodContender(schema);
  return { ...contender, ...parsing(contender) };
};
