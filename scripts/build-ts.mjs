/** TypeScript to CommonJS in dist/, the files that are no TypeScript beside it, code of schemas, then the ESM wrappers. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compileSchemas } from './compile-schemas.mjs';
import { writeWrappers } from './esm-wrappers.mjs';
import { isMain } from './main.mjs';
import { root } from './root.mjs';
import { run, tool } from './run-command.mjs';

const SOURCE = join(root, 'ts');
const OUT = join(root, 'dist');

export async function buildTs() {
  removeStale();
  const { code } = await run(process.execPath, [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
  copyAssets();
  // tsc emits in spite of type errors; with them the wrappers are still worth having, the build is not.
  const compiled = await compileSchemas();
  const wrapped = writeWrappers();
  return code === 0 && compiled && wrapped;
}

/** What has no source any more goes, the rest stays: a process that runs from dist/ keeps running. */
function removeStale() {
  for (const file of filesUnder(OUT)) {
    if (/(^|\/)index\.(mjs|d\.mts)$/.test(file)) continue;
    const stem = file.replace(/(\.d\.ts|\.js)$/, '');
    const source = existsSync(join(SOURCE, `${stem}.ts`)) || existsSync(join(SOURCE, file));
    if (!source) rmSync(join(OUT, file));
  }
}

/** Pages, images, schemas: everything that tsc leaves out. */
function copyAssets() {
  for (const file of filesUnder(SOURCE)) {
    if (file.endsWith('.ts')) continue;
    mkdirSync(dirname(join(OUT, file)), { recursive: true });
    copyFileSync(join(SOURCE, file), join(OUT, file));
  }
}

function filesUnder(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(directory.length + 1)
        .replaceAll('\\', '/'),
    );
}

if (isMain(import.meta.url)) {
  process.exitCode = (await buildTs()) ? 0 : 1;
}
