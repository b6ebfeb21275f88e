/** Lock files name versions and hashes, no addresses: whoever installs uses the registry of their own settings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { ask } from './run-command.mjs';

export function checkLockfiles() {
  const listed = ask('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*package-lock.json']);
  const paths = listed.output.split('\n').filter(Boolean);
  const wrong = paths.filter((path) =>
    /"resolved"|\bhttps?:\/\/registry\./.test(readFileSync(join(root, path), 'utf8')),
  );
  for (const path of wrong) {
    console.error(`${path} has download addresses; install again with omit-lockfile-registry-resolved=true`);
  }
  console.log(`${paths.length} lock files read`);
  return paths.length > 0 && wrong.length === 0;
}
