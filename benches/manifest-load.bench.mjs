/** Latency of the service map while the same process logs events. */
import { ensureDependencies } from './harness/deps.mjs';

const FOR_MS = { full: 4000, proof: 400 };

export default {
  name: 'manifest-load',
  title: 'Signed service map under load: 1,000 requests/s, half of them 304, beside 500 events/s',
  rounds: 5,
  cases: ['100'],
  caseTitle: (connectors) => `${connectors} connectors`,
  // What servers do today cannot be measured at this rate: it falls behind for ever.
  contenders: ['cached-object', 'native'],
  metrics: [
    { name: 'p50_ms', unit: 'ms' },
    { name: 'p95_ms', unit: 'ms', baseline: { contender: 'cached-object' } },
    { name: 'p99_ms', unit: 'ms' },
  ],
  targets: [{ case: '100', contender: 'native', metric: 'p95_ms', atMost: 5 }],
  panels: [{ case: '100', metric: 'p95_ms', title: '95th percentile of the latency', better: 'lower' }],
  highlight: ['native'],

  job(connectors, _contender, mode) {
    const forMs = FOR_MS[mode];
    return { connectors: Number(connectors), requestsPerSecond: 1000, eventsPerSecond: 500, forMs };
  },

  async prepare() {
    ensureDependencies();
    return [];
  },

  async measure(job) {
    const { measureLoad } = await import('./manifest/measure-load.mjs');
    return measureLoad(job);
  },
};
