import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { standaloneModule } from '../../schema/generate/standalone.js';
import type { Command } from '../command.js';
import { COMPILE_USAGE, parseCompileOptions } from './compile-options.js';
import { loadSources } from './compile-sources.js';

/** `cortex-native compile`: schemas as modules of JavaScript. */
export const compile: Command = {
  summary: 'write schemas as JavaScript that needs nothing else',
  usage: COMPILE_USAGE,
  async run(args, terminal) {
    const options = parseCompileOptions(args);
    const { sources, out, format } = options;
    const entries = await loadSources(options, (text) => terminal.err(`cortex-native: compile: ${text}`));
    const named = [...new Set(sources.map(({ file }) => basename(file)))].join(', ');
    const { code, declarations } = standaloneModule(entries, format, named);
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, code);
    await writeFile(out.replace(/\.([mc]?)js$/, '.d.$1ts'), declarations);
    terminal.out(`${out}: ${entries.map((entry) => entry.name).join(', ')}`);
    return 0;
  },
};
