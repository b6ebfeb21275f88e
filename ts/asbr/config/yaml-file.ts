import { readFile } from 'node:fs/promises';
import { replaceFile } from '../lib/replace-file.js';
import { ValidationError } from '../types/index.js';

/**
 * Reads and parses a YAML file, then hands the value to `check`. A file that is not there
 * gives `undefined`. A `ValidationError` of `check` passes; any other failure becomes
 * `Failed to load <what>: <reason>` with `details {path, originalError}`.
 */
export async function loadYaml<T>(
  what: string,
  path: string,
  check: (value: unknown) => T,
): Promise<T | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const { parse } = await loadYamlLibrary();
    // Merge keys (`<<`) are no part of YAML 1.2, but files in use have them.
    return check(parse(text, { merge: true, logLevel: 'error' }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure(`Failed to load ${what}`, path, error);
  }
}

/** Writes a value as YAML, whole or not at all. Failure: `Failed to save <what>: <reason>`. */
export async function saveYaml(what: string, path: string, value: unknown): Promise<void> {
  try {
    const { stringify } = await loadYamlLibrary();
    await replaceFile(path, stringify(value, { indent: 2, lineWidth: 100 }));
  } catch (error) {
    throw failure(`Failed to save ${what}`, path, error);
  }
}

/** Loaded on first use: it costs more time than all of ASBR's own modules together. */
function loadYamlLibrary(): Promise<typeof import('yaml')> {
  return import('yaml');
}

function failure(message: string, path: string, error: unknown): ValidationError {
  if (error instanceof ValidationError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ValidationError(`${message}: ${reason}`, { path, originalError: error });
}
