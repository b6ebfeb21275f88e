/** Kills an emitter in mid-stream, again and again, and looks at what the ledger has after each. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EventHub } from '@cortex-os/native';

const EMITTER = fileURLToPath(new URL('emitter.mjs', import.meta.url));

/**
 * @typedef {object} Report
 * @property {number} cycles
 * @property {number} emitted events whose `emit` returned, in all cycles
 * @property {number} acknowledged events that were acknowledged
 * @property {number} emittedMissing of those, not in the reopened ledger
 * @property {number} acknowledgedMissing likewise
 * @property {number} torn lines that are no whole event
 * @property {number} misplaced events that are not where they were emitted, or twice
 * @property {number} recoveredBytes what the spool had and the file had not
 */

/**
 * @param {{path: string, told: string, durability: string, cycles: number, random?: () => number}} options
 * @returns {Promise<Report>}
 */
export async function crashCycles({ path, told, durability, cycles, random = Math.random }) {
  const report = { cycles, emitted: 0, acknowledged: 0, emittedMissing: 0, acknowledgedMissing: 0, torn: 0 };
  const more = { misplaced: 0, recoveredBytes: 0 };
  let before = 0;
  let readTo = 0;
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    writeFileSync(told, Buffer.alloc(16));
    await killMidStream([path, told, durability], 5 + random() * 60);
    const words = readFileSync(told);
    const emitted = words.readDoubleLE(0);
    const acknowledged = words.readDoubleLE(8);
    const hub = await EventHub.open({ path, durability });
    const { head } = hub;
    more.recoveredBytes += hub.stats().recoveredBytes;
    await hub.close();
    const file = readFileSync(path);
    const found = check(file.subarray(readTo), before);
    readTo = file.length;
    report.emitted += emitted - before;
    report.acknowledged += Math.max(0, acknowledged - before);
    report.emittedMissing += Math.max(0, emitted - head);
    report.acknowledgedMissing += Math.max(0, acknowledged - head);
    report.torn += found.torn;
    more.misplaced += found.misplaced + Math.abs(before + found.lines - head);
    before = head;
  }
  return { ...report, ...more };
}

/** Starts the emitter and kills it a while after it has begun. */
async function killMidStream(args, delayMs) {
  const child = spawn(process.execPath, [EMITTER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
  await pause(delayMs);
  child.kill('SIGKILL');
  const { code, signal } = await ended;
  if (signal !== 'SIGKILL') throw new Error(`the emitter ended by itself with code ${code}`);
}

/** Whether the lines are whole events, numbered from `first` on. */
function check(bytes, first) {
  const lines = bytes.toString('utf8').split('\n');
  const rest = lines.pop();
  let torn = rest === '' ? 0 : 1;
  let misplaced = 0;
  lines.forEach((line, index) => {
    try {
      const { n, pad } = JSON.parse(line);
      if (n !== first + index || pad.length !== (n * 37) % 900) misplaced += 1;
    } catch {
      torn += 1;
    }
  });
  return { lines: lines.length, torn, misplaced };
}
