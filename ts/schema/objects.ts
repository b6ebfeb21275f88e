import { mayGenerate } from '../code.js';
import { refusals } from './generate/index.js';
import type { LinkedProgram } from './ir.js';
import { load, type Validator } from './load.js';
import type { CoverageReason } from './options.js';

/** The check of objects: generated code where there can be some. */
export interface ObjectCheck {
  /** Absent: everything is for whoever decides otherwise. */
  validator?: Validator;
  reasons: CoverageReason[];
}

/** Generates and loads the code of a program. */
export function checkObjects(linked: LinkedProgram): ObjectCheck {
  const reasons = refusals(linked);
  if (reasons.length > 0) return { reasons };
  if (!mayGenerate()) return { reasons: [{ at: '', reason: 'this process makes no code from text' }] };
  return { validator: load(linked), reasons };
}
