import { generate } from './generate/index.js';
import { INVALID } from './invalid.js';
import type { LinkedProgram } from './ir.js';

/** The code of a program, ready to call. */
export interface Validator {
  is(value: unknown): boolean;
  /** @returns the result, or {@link INVALID} */
  copy(value: unknown): unknown;
}

/** Makes the functions of a program that has no refusals. */
export function load(linked: LinkedProgram): Validator {
  const { text, is, copy } = generate(linked);
  const make = new Function('INVALID', 'X', `'use strict';\n${text}\nreturn { is: ${is}, copy: ${copy} };`);
  return make(INVALID, linked.externals) as Validator;
}
