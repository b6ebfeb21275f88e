/** What a chain and a new file now and then cost, and what other ways to keep a log on disk come to, without syncs. */
import { ensureDependencies } from './harness/deps.mjs';

const EVENTS = 400_000;
const SHARE = { full: 1, proof: 0.02 };
const SIZE = '320B';

export default {
  name: 'ledger',
  title: 'Ledger: events into files, with hash chain and rotation, no sync',
  rounds: 11,
  cases: [SIZE],
  caseTitle: (size) => `Events of about ${size}`,
  contenders: ['native', 'native-chain', 'sonic-boom-async', 'sonic-boom-sync', 'sqlite-normal-64'],
  metrics: [
    { name: 'events_per_s', unit: 'events/s', baseline: { contender: 'sonic-boom-async' } },
    { name: 'main_ns', unit: 'ns', baseline: { contender: 'native' } },
  ],
  targets: [
    { contender: 'native-chain', atLeast: 0.95, of: { contender: 'native' } },
    { contender: 'native', atLeast: 4, of: { contender: 'sonic-boom-async' } },
    { contender: 'native', atLeast: 2.2, of: { contender: 'sonic-boom-sync' } },
  ].map((target) => ({ case: SIZE, metric: 'events_per_s', ...target })),
  panels: [
    { case: SIZE, metric: 'events_per_s', title: 'Events handed to the OS per second', better: 'higher' },
    { case: SIZE, metric: 'main_ns', title: 'Main-thread CPU per event', better: 'lower' },
  ],
  highlight: ['native', 'native-chain'],

  job(_size, _contender, mode) {
    const events = Math.ceil(EVENTS * SHARE[mode]);
    return { events, warmUp: Math.ceil(events / 4) };
  },

  async prepare() {
    ensureDependencies();
    return [];
  },

  async measure(job) {
    const { measureEmit } = await import('./emit/measure.mjs');
    return measureEmit({ ...job, from: '../ledger' });
  },
};
