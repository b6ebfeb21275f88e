/** Runs one measurement in a child process and gives back its metrics. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url));
const DEADLINE_MS = 120_000;

/**
 * @param {object} job what bench.measure gets: {case, contender, mode, ...size}; `dir` is added, an empty folder
 * @returns {Promise<Record<string, number>>} metric -> value
 */
export async function measureInChild(benchUrl, job, scratchDir) {
  const dir = join(scratchDir, `${job.contender}-${process.hrtime.bigint()}`);
  mkdirSync(dir);
  try {
    return await runChild({ ...job, benchUrl, dir });
  } catch (error) {
    throw new Error(`${job.contender}, case ${job.case}: ${error.message}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function runChild(job) {
  const child = fork(CHILD, [JSON.stringify(job)], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text;
  });
  let metrics;
  child.on('message', (message) => {
    metrics = message;
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const [code, signal] = await once(child, 'close').finally(() => clearTimeout(deadline));
  // A result counts only when the process also ended well: a crash on the way out is a crash.
  if (code !== 0) throw new Error(`ended with ${signal ?? `exit code ${code}`}\n${complaint.trim()}`);
  if (metrics === undefined) throw new Error(`ended without a result\n${complaint.trim()}`);
  return metrics;
}
