/** `npm run check`: format, lints, documentation, package lint, generated files. All run, then the verdict. */
import { checkFuzz } from './check-fuzz.mjs';
import { checkGenerated } from './check-generated.mjs';
import { checkImportCost } from './check-import-cost.mjs';
import { checkLockfiles } from './check-lockfiles.mjs';
import { checkPackage } from './check-package.mjs';
import { run, tool } from './run-command.mjs';
import { report, single, timed } from './tally.mjs';

const node = (...args) => command(process.execPath, args);
const tsc = (project) => node(tool('typescript', 'bin', 'tsc'), '-p', project, '--noEmit');

const CHECKS = {
  rustfmt: command('cargo', ['fmt', '--all', '--check']),
  clippy: command('cargo', 'clippy --workspace --all-targets --locked -- -D warnings'.split(' ')),
  rustdoc: command('cargo', 'doc --workspace --no-deps --locked'.split(' '), { RUSTDOCFLAGS: '-D warnings' }),
  fuzz: checkFuzz,
  biome: node(tool('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--error-on-warnings', '.'),
  'tsc ts': tsc('tsconfig.json'),
  'tsc __test__': tsc('__test__/tsconfig.json'),
  lockfiles: checkLockfiles,
  generated: checkGenerated,
  package: checkPackage,
  'import cost': checkImportCost,
};

function command(name, args, env) {
  return async () => (await run(name, args, { env })).code === 0;
}

const wanted = process.argv.slice(2);
const parts = [];
for (const [name, check] of Object.entries(CHECKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  parts.push(await timed(name, async () => single(name, await check())));
}
process.exitCode = report(parts) ? 0 : 1;
