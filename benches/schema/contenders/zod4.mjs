/** Zod 4 as it is used: with its own just-in-time code for objects. */
import { z } from 'zod4';
import { parsing } from '../parsing.mjs';
import { eventOf, manifestOf } from '../zod-schemas.mjs';
import { zodContender } from './zod.mjs';

export const open = (kind) => {
  const schema = kind === 'event' ? eventOf(z) : manifestOf(z);
  const contender = zodContender(schema);
  return { ...contender, ...parsing(contender) };
};
