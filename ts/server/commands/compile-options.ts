import { parseArgs } from 'node:util';
import { CommandError } from '../command.js';

/** What `compile` is asked for. */
export interface CompileOptions {
  /** Files, each with the export that is meant after `#`, if one is. */
  sources: { file: string; name?: string }[];
  out: string;
  format: 'esm' | 'cjs';
  trusted: boolean;
}

export const COMPILE_USAGE = `Usage: cortex-native compile <source>... -o <file> [options]

Writes schemas as JavaScript that needs no package and makes no code when it is loaded, with its declarations beside it.

Sources:
  schema.json          a JSON Schema, named after the file
  module.js#name       an export of a module: a schema of zod 3 or 4
  module.js            every export of a module that is such a schema and can be compiled

Options:
  -o, --out <file>     the file to write: .js, .mjs or .cjs; the declarations go to .d.ts, .d.mts, .d.cts
  --format <format>    esm or cjs                              (by the ending of the file; .js: esm)
  --trusted            also takes patterns of JSON Schemas that V8 may match in more than linear time
  --help               this text

Each schema becomes { is, copy, parse, safeParse, assert }. See docs/schema.md.`;

/** Reads the arguments of `compile`. Throws a `CommandError` that says which one is wrong. */
export function parseCompileOptions(args: readonly string[]): CompileOptions {
  const { values, positionals } = read(args);
  const { out, format, trusted = false } = values;
  if (positionals.length === 0) throw new CommandError('compile: which schema? A file is missing', 2);
  if (out === undefined || !/\.[mc]?js$/.test(out)) {
    throw new CommandError('compile: -o must name a file that ends in .js, .mjs or .cjs', 2);
  }
  if (format !== undefined && format !== 'esm' && format !== 'cjs') {
    throw new CommandError(`compile: --format must be esm or cjs, not "${format}"`, 2);
  }
  return {
    sources: positionals.map(parseSource),
    out,
    format: format ?? (out.endsWith('.cjs') ? 'cjs' : 'esm'),
    trusted,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string', short: 'o' },
        format: { type: 'string' },
        trusted: { type: 'boolean' },
      },
    });
  } catch (error) {
    const message = (error as Error).message.split('.')[0];
    throw new CommandError(`compile: ${message}; see cortex-native compile --help`, 2);
  }
}

function parseSource(text: string): { file: string; name?: string } {
  const at = text.lastIndexOf('#');
  return at === -1 ? { file: text } : { file: text.slice(0, at), name: text.slice(at + 1) };
}
