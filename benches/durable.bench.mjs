/** Events that are on the disk before their emitter goes on, from one emitter to 256 at a time. */
import { examplePath } from './harness/cargo.mjs';
import { ensureDependencies } from './harness/deps.mjs';

/** Milliseconds of one round; every contender gets the same time, not the same number of events. */
const RUN_MS = { full: 1000, proof: 50 };

const RAW = { contender: 'raw-fdatasync', case: '1' };

const eventsPerSecond = (emitters, atLeast, of) => ({
  case: emitters,
  contender: 'native-group',
  metric: 'events_per_s',
  atLeast,
  of,
});

export default {
  name: 'durable',
  title: 'Durable: acknowledged after the disk has it',
  rounds: 11,
  cases: ['1', '16', '256'],
  caseTitle: (emitters) => `${emitters} emitter${emitters === '1' ? '' : 's'}, each waiting for its event`,
  contenders: [
    'raw-fdatasync',
    'native-group',
    'native-always',
    'sonic-boom-flush',
    'filehandle-datasync',
    'sqlite-full',
  ],
  metrics: [
    { name: 'events_per_s', unit: 'events/s', baseline: RAW },
    { name: 'p50_us', unit: 'us' },
    { name: 'p99_us', unit: 'us' },
  ],
  targets: [
    eventsPerSecond('1', 0.9, RAW),
    eventsPerSecond('16', 9, RAW),
    eventsPerSecond('256', 45, RAW),
    eventsPerSecond('16', 2.4, { contender: 'sonic-boom-flush' }),
    eventsPerSecond('256', 7, { contender: 'sonic-boom-flush' }),
  ],
  panels: ['1', '16', '256'].map((emitters) => ({
    case: emitters,
    metric: 'events_per_s',
    title: `Durable events per second, ${emitters} emitter${emitters === '1' ? '' : 's'}`,
    better: 'higher',
  })),
  highlight: ['native-group', 'native-always'],

  /** The bare loop has one emitter by nature: it is the yardstick of all three cases. */
  job(emitters, contender, mode) {
    if (contender === RAW.contender && emitters !== RAW.case) return undefined;
    const forMs = RUN_MS[mode];
    return {
      emitters: Number(emitters),
      forMs,
      warmUpMs: forMs / 4,
      rawBinary: examplePath('raw_fdatasync'),
    };
  },

  async prepare() {
    ensureDependencies();
    const { unavailableContenders } = await import('./durable/prepare.mjs');
    return unavailableContenders();
  },

  async measure(job) {
    const { measureDurable } = await import('./durable/measure.mjs');
    return measureDurable(job);
  },
};
