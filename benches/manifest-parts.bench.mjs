/** What reading, verifying and refreshing cost the thread of the event loop. */
import { ensureDependencies } from './harness/deps.mjs';

const CALLS = { current: 2_000_000, verify: 400, refresh: 60 };

const native = (name, bound) => ({ case: name, contender: 'native', metric: 'us', ...bound });
const faster = (name) => ({
  case: name,
  contender: 'javascript',
  metric: 'us',
  atLeast: 4,
  of: { contender: 'native' },
});

export default {
  name: 'manifest-parts',
  title: 'Signed service map: reading, verifying and refreshing, time on the event loop',
  rounds: 7,
  cases: ['current', 'verify-10', 'verify-100', 'verify-500', 'refresh-500'],
  caseTitle: (name) => {
    const [part, connectors] = name.split('-');
    return connectors ? `${part}, ${connectors} connectors` : part;
  },
  contenders: ['javascript', 'native'],
  metrics: [
    { name: 'us', unit: 'us', baseline: { contender: 'javascript' } },
    { name: 'gross_us', unit: 'us' },
    { name: 'timer_us', unit: 'us' },
  ],
  targets: [
    native('current', { atMost: 1 }),
    native('refresh-500', { atMost: 200 }),
    ...['verify-10', 'verify-100', 'verify-500'].map(faster),
  ],
  panels: [
    { case: 'verify-100', metric: 'us', title: 'Verifying the bytes of 100 connectors', better: 'lower' },
    {
      case: 'refresh-500',
      metric: 'us',
      title: 'Refreshing 500 connectors: CPU of the loop',
      better: 'lower',
    },
  ],
  highlight: ['native'],

  job(name, _contender, mode) {
    const [part, connectors = '1'] = name.split('-');
    const calls = part === 'verify' ? (CALLS.verify * 100) / Number(connectors) : CALLS[part];
    return { calls: Math.ceil(calls / (mode === 'full' ? 1 : 20)) };
  },

  async prepare() {
    ensureDependencies();
    return [];
  },

  async measure(job) {
    const { measurePart } = await import('./manifest/measure-parts.mjs');
    return measurePart(job);
  },
};
