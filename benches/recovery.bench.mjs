/** How long it takes to go on with a large ledger: open it, verify its chain, find an event. */
import { ensureDependencies } from './harness/deps.mjs';

const MIB = 1 << 20;
const LEDGER = '1GiB';

const within = (metric, bound) => ({ case: LEDGER, contender: 'native', metric, ...bound });

export default {
  name: 'recovery',
  title: 'Recovery: a ledger of 1 GiB in files of 64 MiB, with hash chain',
  rounds: 5,
  cases: [LEDGER],
  caseTitle: () => 'A ledger of 1 GiB, its files in the page cache',
  contenders: ['native'],
  metrics: [
    { name: 'open_ms', unit: 'ms' },
    { name: 'open_bare_ms', unit: 'ms' },
    { name: 'verify_mb_per_s', unit: 'MB/s' },
    { name: 'find_ms', unit: 'ms' },
    { name: 'find_first_ms', unit: 'ms' },
    { name: 'topic_ms', unit: 'ms' },
  ],
  targets: [
    within('open_ms', { atMost: 50 }),
    within('open_bare_ms', { atMost: 1000 }),
    within('verify_mb_per_s', { atLeast: 500 }),
    within('find_ms', { atMost: 50 }),
    within('find_first_ms', { atMost: 50 }),
  ],
  panels: [{ case: LEDGER, metric: 'open_ms', title: 'Opening, with all sidecars', better: 'lower' }],
  highlight: ['native'],

  job(_case, _contender, mode) {
    return mode === 'full' ? { bytes: 1024 * MIB, fileBytes: 64 * MIB } : { bytes: 8 * MIB, fileBytes: MIB };
  },

  async prepare() {
    ensureDependencies();
    return [];
  },

  async measure(job) {
    const { measureRecovery } = await import('./recovery/measure.mjs');
    return measureRecovery(job);
  },
};
