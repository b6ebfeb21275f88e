/** What one event costs the event loop, and how fast events get to the operating system, without syncs. */
import { EVENT_SIZES } from './data/events.mjs';
import { ensureDependencies } from './harness/deps.mjs';

const SLOW = { 'appendfile-await': 0.02, 'appendfile-64': 0.05 };

/** Events of one round of the fast contenders; long enough that 4 KiB events fill the native ring many times. */
const EVENTS = { '320B': 200_000, '160B': 200_000, varied: 200_000, '4KiB': 40_000 };

const SHARE = { full: 1, proof: 0.02 };

export default {
  name: 'emit',
  title: 'Emit: one event into a ledger file, no sync',
  rounds: 11,
  // The typical event first: the targets are about it.
  cases: ['320B', ...EVENT_SIZES.filter((size) => size !== '320B')],
  caseTitle: (size) =>
    size === 'varied' ? 'Events of about 320B, no two of one shape' : `Events of about ${size}`,
  contenders: [
    'stringify-only',
    'appendfile-await',
    'appendfile-64',
    'write-stream',
    'sonic-boom-async',
    'sonic-boom-sync',
    'js-batcher',
    'native',
  ],
  metrics: [
    { name: 'main_ns', unit: 'ns', baseline: { contender: 'stringify-only' } },
    { name: 'events_per_s', unit: 'events/s', baseline: { contender: 'sonic-boom-async' } },
  ],
  targets: [
    {
      case: '320B',
      contender: 'native',
      metric: 'main_ns',
      atMost: 1.35,
      of: { contender: 'stringify-only' },
    },
    {
      case: '320B',
      contender: 'native',
      metric: 'events_per_s',
      atLeast: 3.5,
      of: { contender: 'sonic-boom-async' },
    },
    {
      case: '320B',
      contender: 'native',
      metric: 'events_per_s',
      atLeast: 50,
      of: { contender: 'appendfile-await' },
    },
  ],
  panels: [
    { case: '320B', metric: 'main_ns', title: 'Main-thread CPU per event', better: 'lower' },
    { case: '320B', metric: 'events_per_s', title: 'Events handed to the OS per second', better: 'higher' },
  ],
  highlight: ['native'],

  job(size, contender, mode) {
    const events = Math.ceil(EVENTS[size] * SHARE[mode] * (SLOW[contender] ?? 1));
    return { events, warmUp: Math.ceil(events / 4) };
  },

  async prepare() {
    ensureDependencies();
    return [];
  },

  async measure(job) {
    const { measureEmit } = await import('./emit/measure.mjs');
    return measureEmit(job);
  },
};
