/** The schemas of the drop-ins as code in dist/, so that no user's process has to generate it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './root.mjs';

const require = createRequire(import.meta.url);

/** Modules with schemas, and the file that gets their code. */
const COMPILED = [
  [['integrations/event-schemas.js', 'integrations/tool-schemas.js'], 'integrations/compiled.js'],
  [
    ['asbr/types/task.js', 'asbr/types/event.js', 'asbr/types/evidence.js', 'asbr/types/profile.js'],
    'asbr/compiled.js',
  ],
];

const terminal = { out: () => {}, err: (text) => console.error(text) };

/**
 * `cortex-native compile`, without its command line: that loads the server and with it the drop-ins, which need this.
 *
 * @returns {Promise<boolean>} whether all could be made
 */
export async function compileSchemas() {
  try {
    const { compile } = require(join(root, 'dist', 'server', 'commands', 'compile.js'));
    for (const [sources, out] of COMPILED) {
      const files = sources.map((source) => join(root, 'dist', source));
      await compile.run([...files, '--format=cjs', `--out=${join(root, 'dist', out)}`], terminal);
    }
    return true;
  } catch (error) {
    console.error(`the schemas of the drop-ins could not be compiled: ${error.message}`);
    return false;
  }
}
