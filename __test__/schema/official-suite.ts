/** The official JSON Schema test suite, from a folder beside this one or from `CORTEX_CONFORMANCE`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { root } from '../house/root.js';

export const conformance = resolve(root, process.env.CORTEX_CONFORMANCE ?? '../shared/conformance');

export const hasSuite = existsSync(join(conformance, 'json-schema', 'tests'));

export interface SuiteGroup {
  description: string;
  schema: boolean | Record<string, unknown>;
  tests: { description: string; data: unknown; valid: boolean }[];
}

/** One file: its name, such as `optional/format/uri`, and its groups. */
export interface SuiteFile {
  name: string;
  groups: SuiteGroup[];
}

export function suiteFiles(draft: 'draft2020-12' | 'draft7'): SuiteFile[] {
  const folder = join(conformance, 'json-schema', 'tests', draft);
  return jsonFiles(folder).map((path) => ({
    name: relative(folder, path)
      .replaceAll(sep, '/')
      .replace(/\.json$/, ''),
    groups: JSON.parse(readFileSync(path, 'utf8')) as SuiteGroup[],
  }));
}

/** Documents that the suite refers to, by the address where it expects them. */
export function remotes(): Record<string, Record<string, unknown>> {
  const folder = join(conformance, 'json-schema', 'remotes');
  return Object.fromEntries(
    jsonFiles(folder).map((path) => [
      `http://localhost:1234/${relative(folder, path).replaceAll(sep, '/')}`,
      JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>,
    ]),
  );
}

function jsonFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}
