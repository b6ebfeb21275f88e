/** Where a number was measured: what a reader needs to repeat it. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

export const repoDir = fileURLToPath(new URL('../../', import.meta.url));
export const benchesDir = fileURLToPath(new URL('../', import.meta.url));

/** What is compiled or run by a benchmark. A change in a document makes no other commit of the numbers. */
const MEASURED_PATHS = ['src', 'napi', 'ts', 'benches', 'Cargo.toml', 'Cargo.lock', 'index.js', 'native.js'];

export function describeMachine() {
  const processors = cpus();
  return {
    node: process.version,
    cpu: `${processors[0]?.model.trim() ?? process.arch} x ${processors.length}`,
    commit: commit(),
  };
}

/** The short commit, with `-dirty` when what is measured differs from it; `unknown` outside a work tree. */
function commit() {
  try {
    const head = git('rev-parse', '--short=10', 'HEAD');
    return git('status', '--porcelain', '--', ...MEASURED_PATHS) === '' ? head : `${head}-dirty`;
  } catch {
    return 'unknown';
  }
}

function git(...args) {
  return execFileSync('git', args, {
    cwd: repoDir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** A sentence when other work is running, else undefined: contenders then share the processors unevenly. */
export function busyWarning() {
  const [lastMinute] = loadavg();
  if (lastMinute < cpus().length / 4) return undefined;
  return `load average ${lastMinute.toFixed(2)} on ${cpus().length} processors: other work disturbs these numbers`;
}
