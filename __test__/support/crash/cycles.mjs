/** Kills processes that emit, again and again, and checks what they leave. Used by the spec and by scripts/crash.mjs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { emptyReports } from './events.mjs';
import { Verifier } from './verify.mjs';

const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url));
const DURABILITIES = ['none', 'group', 'always'];
/** What the process is doing when it is killed. */
const KINDS = ['emitting', 'emitting', 'starting', 'reopening', 'emitting'];
/** A ring that wraps many times in a run, and one that never does. */
const RINGS = [
  { ringBytes: 64 * 1024, maxLineBytes: 1024 },
  { ringBytes: 4 * 1024 * 1024, maxLineBytes: 4096 },
];
/** A ledger of one file, one of many with a hash chain, and one whose closed files are compressed behind the writer. */
const UPKEEPS = [
  {},
  { rotate: { maxBytes: 100_000 }, chain: true },
  { rotate: { maxEvents: 300 }, chain: { key: 'crash' }, compress: 'zstd' },
];
/** Kills that one ledger survives before a new one is begun. */
const KILLS_PER_LEDGER = 5;

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets a process run into the middle of something and kills it. */
async function runAndKill(settings, random) {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  if (settings.kind === 'starting') await pause(random() * 250);
  else {
    await Promise.race([once(child.stdout, 'data'), exited]);
    await pause(random() * 80);
  }
  child.kill('SIGKILL');
  const [code, signal] = await exited;
  if (signal !== 'SIGKILL') throw new Error(`the process ended by itself with ${code}:\n${complaints}`);
}

/** The settings of cycle number `cycle`: durabilities in turn, everything else by chance. */
function settingsOf(cycle, random, folder) {
  const ledger = Math.floor(cycle / KILLS_PER_LEDGER);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const kind = pick(KINDS);
  return {
    run: cycle,
    kind,
    threads: kind === 'emitting' && random() < 0.3 ? 3 : 1,
    reportEvery: pick([1, 1, 64]),
    reportPath: join(folder, `report-${cycle}`),
    hub: {
      path: join(folder, String(ledger), 'ledger.ndjson'),
      durability: DURABILITIES[cycle % DURABILITIES.length],
      ...RINGS[ledger % RINGS.length],
      ...UPKEEPS[ledger % UPKEEPS.length],
    },
  };
}

/**
 * Runs `cycles` kills. Rejects on the first that lost, doubled, tore or disordered something; the message holds the
 * seed. Resolves to totals.
 *
 * @param {{ cycles: number, seed?: number, onCycle?: (cycle: any) => void }} options
 */
export async function crash({ cycles, seed = Date.now() % 1e9, onCycle = () => {} }) {
  const random = randomFrom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'cortex-crash-'));
  const totals = { kills: 0, events: 0, reported: 0, acknowledged: 0, recoveredBytes: 0, cutBytes: 0 };
  let verifier;
  let settings;
  try {
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      settings = settingsOf(cycle, random, folder);
      const last = cycle % KILLS_PER_LEDGER === KILLS_PER_LEDGER - 1 || cycle === cycles - 1;
      if (cycle % KILLS_PER_LEDGER === 0) {
        mkdirSync(dirname(settings.hub.path));
        verifier = new Verifier(folder, settings.hub.path);
      }
      writeFileSync(settings.reportPath, emptyReports(settings.threads));
      await runAndKill(settings, random);
      const found = await verifier.check(settings, last);
      totals.kills += 1;
      for (const [name, count] of Object.entries(found)) totals[name] += count;
      onCycle({ ...settings, ...found });
      rmSync(settings.reportPath);
      if (last) rmSync(dirname(settings.hub.path), { recursive: true });
    }
  } catch (error) {
    const note = `seed ${seed}, files kept in ${folder}, settings ${JSON.stringify(settings)}`;
    throw new Error(`${error.message}\n${note}`, { cause: error });
  }
  rmSync(folder, { recursive: true });
  return totals;
}
