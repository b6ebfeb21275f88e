/** native.js and native.d.ts are committed; a build of the sources as they are must leave them as they are. */
import { buildNative } from './build-native.mjs';
import { ask } from './run-command.mjs';

const GENERATED = ['native.js', 'native.d.ts'];

export async function checkGenerated() {
  if (!(await buildNative())) return false;
  const tracked = ask('git', ['ls-files', '--error-unmatch', ...GENERATED]);
  if (tracked.code !== 0) {
    console.error(`not committed: ${tracked.errors}`);
    return false;
  }
  const { code, output } = ask('git', ['diff', '--exit-code', '--', ...GENERATED]);
  if (code !== 0) console.error(`${output}\nthe build changed generated files: commit them`);
  return code === 0;
}
