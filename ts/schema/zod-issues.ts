import type { NativeIssue } from './bytes.js';
import type { LinkedProgram } from './ir.js';

export function zodIssuesOf(
  _linked: LinkedProgram,
  _found: NativeIssue[],
  _text: () => string,
): unknown[] | undefined {
  return undefined;
}
