/** Suites by others, which lie beside the repository and not in it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../house/root.js';

/** `CORTEX_CONFORMANCE`, or `../shared/conformance` from the repository's root. */
const conformance = resolve(root, process.env.CORTEX_CONFORMANCE ?? '../shared/conformance');

/** The folder of a suite; a test without it is skipped by name and says where it comes from. In CI it must be there. */
export function suite(name: string, origin: string, skip: (reason: string) => void): string {
  const path = join(conformance, name);
  if (!existsSync(path)) {
    const reason = `${path} is missing; it comes from ${origin}, CORTEX_CONFORMANCE names the folder above it`;
    if (process.env.CORTEX_NEVER_SKIP === '1') throw new Error(reason);
    skip(reason);
  }
  return path;
}
