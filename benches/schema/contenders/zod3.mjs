/** Zod 3, what the packages replaced validate with. */
import { z } from 'zod3';
import { parsing } from '../parsing.mjs';
import { eventOf, manifestOf } from '../zod-schemas.mjs';
import { zodContender } from './zod.mjs';

export const open = (kind) => {
  const schema = kind === 'event' ? eventOf(z) : manifestOf(z);
  const contender = zodContender(schema);
  return { ...contender, ...parsing(contender) };
};
