import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { linkJsonSchema } from '../../schema/engine-json.js';
import { linkZod } from '../../schema/engine-zod.js';
import { HELPERS } from '../../schema/generate/helpers.js';
import { type StandaloneEntry, standaloneRefusals } from '../../schema/generate/standalone.js';
import { zodVersion } from '../../schema/zod-types.js';
import { CommandError } from '../command.js';
import type { CompileOptions } from './compile-options.js';

/** The schemas of the sources. @param note is told of exports that are left out */
export async function loadSources(
  { sources, trusted }: CompileOptions,
  note: (text: string) => void,
): Promise<StandaloneEntry[]> {
  const entries: StandaloneEntry[] = [];
  for (const source of sources) {
    const found = source.file.endsWith('.json')
      ? [await loadJsonSchema(source.file, trusted)]
      : await loadModule(source, note);
    entries.push(...found);
  }
  const twice = entries.find(
    (entry, index) => entries.findIndex(({ name }) => name === entry.name) !== index,
  );
  if (twice) throw new CommandError(`compile: there are two schemas named "${twice.name}"`);
  return entries;
}

async function loadJsonSchema(file: string, trusted: boolean): Promise<StandaloneEntry> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandError(`compile: ${error.message}`);
  });
  const name = nameOf(basename(file).replace(/\.json$/, ''));
  try {
    return checked({ name, linked: linkJsonSchema(text, { trusted }) }, file);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { message, fields } = error as Error & { fields?: { pointer?: string } };
    throw new CommandError(`compile: ${file}${fields?.pointer ? `#${fields.pointer}` : ''}: ${message}`);
  }
}

async function loadModule(
  { file, name }: { file: string; name?: string },
  note: (text: string) => void,
): Promise<StandaloneEntry[]> {
  const exported = await load(file);
  if (name !== undefined) {
    if (zodVersion(exported[name]) === undefined)
      throw new CommandError(`compile: ${file} has no schema "${name}"`);
    return [checked({ name: nameOf(name), linked: linkZod(exported[name]) }, `${file}#${name}`)];
  }
  const schemas = Object.entries(exported).filter(([key, value]) => zodVersion(value) && key !== 'default');
  if (schemas.length === 0) throw new CommandError(`compile: ${file} exports no schema`);
  return schemas.flatMap(([key, value]) => {
    const linked = linkZod(value);
    const [first] = standaloneRefusals(linked);
    if (!first) return [{ name: nameOf(key), linked }];
    note(`left out ${key}: at "${first.at}": ${first.reason}`);
    return [];
  });
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    throw new CommandError(`compile: ${file} could not be loaded: ${(error as Error).message}`);
  }
}

function checked(entry: StandaloneEntry, source: string): StandaloneEntry {
  const [first] = standaloneRefusals(entry.linked);
  if (!first) return entry;
  throw new CommandError(`compile: ${source} needs more than this code: at "${first.at}": ${first.reason}`);
}

/** A name of JavaScript: `my-schema` becomes `mySchema`. */
function nameOf(text: string): string {
  const name = text.replaceAll(
    /[^A-Za-z0-9_$]+(.)?/g,
    (_, next: string | undefined) => next?.toUpperCase() ?? '',
  );
  const safe = /^[A-Za-z_$]/.test(name) ? name : `schema${name}`;
  return RESERVED.has(safe) || MADE.test(safe) || Object.hasOwn(HELPERS, safe) ? `${safe}Schema` : safe;
}

/** Names that the writer of code makes. */
const MADE = /^(?:is|copy|why|C|t|k|i)\d+$/;

/** Words that are no names, and names that the module has itself. */
const RESERVED = new Set(
  (
    'await break case catch class const continue debugger default delete do else enum export extends false finally for ' +
    'function if implements import in instanceof interface let new null package private protected public return ' +
    'static super switch this throw true try typeof var void while with yield arguments eval undefined ' +
    'INVALID ValidationError validator module exports Symbol Error Object Array Number Set RegExp URL JSON Map Date Math String Reflect BigInt'
  ).split(' '),
);
