/** What must compile and what must not: __test__/types/*.test-d.ts against the built declarations. */
import { runVitest } from './vitest.mjs';

export function testTypes(args) {
  return runVitest('types', ['--typecheck.only', ...args]);
}
