/** What the rate limit costs a Fastify server: CPU of the server per request, limits never reached. */
import { ensureDependencies } from './harness/deps.mjs';

const REQUESTS = { full: 12_000, proof: 300 };

export default {
  name: 'fastify',
  title: 'Fastify with @fastify/rate-limit: one request',
  rounds: 15,
  cases: ['get'],
  caseTitle: () => 'GET of a few bytes over kept-alive connections, one key per client of 200',
  contenders: ['no-limit', 'local-store', 'shared-store'],
  metrics: [{ name: 'cpu_ns', unit: 'ns', baseline: { contender: 'local-store' } }],
  targets: [
    {
      case: 'get',
      contender: 'shared-store',
      metric: 'cpu_ns',
      atMost: 1.05,
      of: { contender: 'local-store' },
    },
  ],
  panels: [{ case: 'get', metric: 'cpu_ns', title: 'Server CPU per request', better: 'lower' }],
  highlight: ['shared-store'],

  job(_case, _contender, mode) {
    return { requests: REQUESTS[mode] };
  },

  async prepare() {
    ensureDependencies();
    return [];
  },

  async measure(job) {
    const { measureFastify } = await import('./fastify/measure.mjs');
    return measureFastify(job);
  },
};
