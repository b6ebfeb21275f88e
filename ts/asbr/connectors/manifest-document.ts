/**
 * The schema of connectors manifests.
 *
 * Differences from the original (`connectors/schema.ts`): the schema knows `remoteTools`, and is JSON Schema 2020-12 that
 * loads; documents are checked by the native core, so that what passes here is what can be served.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManifestError } from '../../errors.js';
import { native } from '../../native.js';
import { DEFAULT_FORM } from './map-form.js';

/** The schema as a file, for editors and validators. */
export const CONNECTORS_MANIFEST_SCHEMA_PATH = join(__dirname, 'connectors-manifest.schema.json');

/** A copy of the schema. */
export function getManifestSchema(): Record<string, unknown> {
  return JSON.parse(readFileSync(CONNECTORS_MANIFEST_SCHEMA_PATH, 'utf8')) as Record<string, unknown>;
}

/**
 * Throws unless `document` is a connectors manifest.
 *
 * @throws Error `[brAInwav] Connectors manifest schema validation failed at <path>: <reason>`
 */
export function assertManifestDocument(document: unknown): void {
  const text = JSON.stringify(document) ?? 'null';
  try {
    native.manifestBuild(Buffer.from(text), DEFAULT_FORM, new Date(0).toISOString());
  } catch (error) {
    const issue = error instanceof ManifestError ? error.issues[0] : undefined;
    if (!issue) throw error;
    throw new Error(
      `[brAInwav] Connectors manifest schema validation failed at ${issue.at}: ${issue.message}`,
      { cause: error },
    );
  }
}
