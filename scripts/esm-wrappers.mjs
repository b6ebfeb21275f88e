/**
 * Writes index.mjs and index.d.mts beside the built index.js of every public entry: named re-exports of the one
 * CommonJS instance, so that a class is the same class whether it was imported or required.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';

const require = createRequire(import.meta.url);

const BEFORE_IMPORT = 'before-import.mjs';

export function writeWrappers() {
  let complete = true;
  for (const wrapper of wrapperPaths()) {
    const built = join(root, wrapper.replace(/\.mjs$/, '.js'));
    try {
      if (!existsSync(built)) throw new Error(`${built} was not built`);
      writeWrapper(built, join(root, wrapper));
    } catch (error) {
      console.error(`${wrapper}, an entry of "exports", could not be written: ${error.message}`);
      complete = false;
    }
  }
  return complete;
}

function wrapperPaths() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap((entry) => entry.import?.default ?? []);
}

function writeWrapper(built, wrapper) {
  const names = Object.keys(require(built)).filter((name) => name !== 'default' && name !== '__esModule');
  const list = names.sort().map((name) => `  ${name},\n`);
  // What an entry must do before it is loaded by `import`, and only then, stands in a module of that name.
  const first = existsSync(join(dirname(wrapper), BEFORE_IMPORT)) ? `import './${BEFORE_IMPORT}';\n\n` : '';
  writeFileSync(wrapper, `${first}export {\n${list.join('')}} from './index.js';\n`);
  writeFileSync(wrapper.replace(/\.mjs$/, '.d.mts'), `export * from './index.js';\n`);
}
