/**
 * Lock files name versions and hashes, no addresses, so that whoever installs uses the registry of their own settings;
 * and they name the packages of every platform, because `npm ci` refuses a lock file that lacks one, on any platform.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { ask } from './run-command.mjs';

export function checkLockfiles() {
  const listed = ask('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*package-lock.json']);
  const paths = listed.output.split('\n').filter(Boolean);
  const problems = paths.flatMap((path) => problemsOf(readFileSync(join(root, path), 'utf8'), path));
  for (const problem of problems) console.error(problem);
  console.log(`${paths.length} lock files read`);
  return paths.length > 0 && problems.length === 0;
}

function problemsOf(text, path) {
  const problems = missingPlatforms(JSON.parse(text).packages).map((name) => `${path}: ${name} is missing`);
  if (/"resolved"|\bhttps?:\/\/registry\./.test(text)) {
    problems.push(`${path} has addresses: install again with omit-lockfile-registry-resolved=true`);
  }
  return problems;
}

function missingPlatforms(packages) {
  const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
  const optional = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  return optional.filter((name) => !locked.has(name));
}
