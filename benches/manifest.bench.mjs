/** What a request for the signed service map costs the server. */
import { ensureDependencies } from './harness/deps.mjs';

/** Requests of one round; slow contenders get fewer, so that a round takes seconds. */
const REQUESTS = {
  today: { 10: 1500, 100: 300, 500: 60 },
  'cached-object': { 10: 6000, 100: 3000, 500: 600 },
};
const NATIVE_REQUESTS = 10_000;

const cheaper = (name, times) => ({
  case: name,
  contender: 'today',
  metric: 'cpu_us',
  atLeast: times,
  of: { contender: 'native' },
});

export default {
  name: 'manifest',
  title: 'Signed service map: server CPU per request over HTTP',
  rounds: 5,
  cases: ['10-200', '10-304', '100-200', '100-304', '500-200', '500-304'],
  caseTitle: (name) => `${name.split('-')[0]} connectors, status ${name.split('-')[1]}`,
  contenders: ['today', 'cached-object', 'native'],
  metrics: [{ name: 'cpu_us', unit: 'us', baseline: { contender: 'today' } }],
  targets: [cheaper('100-200', 60), cheaper('100-304', 100)],
  panels: [
    {
      case: '100-200',
      metric: 'cpu_us',
      title: 'Server CPU per request, 100 connectors, 200',
      better: 'lower',
    },
    {
      case: '100-304',
      metric: 'cpu_us',
      title: 'Server CPU per request, 100 connectors, 304',
      better: 'lower',
    },
  ],
  highlight: ['native'],

  job(name, contender, mode) {
    const [connectors] = name.split('-');
    const whole = REQUESTS[contender]?.[connectors] ?? NATIVE_REQUESTS;
    const requests = mode === 'full' ? whole : Math.ceil(whole / 50);
    return { requests, warmUp: Math.ceil(requests / 3) };
  },

  async prepare() {
    ensureDependencies();
    return [];
  },

  async measure(job) {
    const { measureManifest } = await import('./manifest/measure.mjs');
    return measureManifest(job);
  },
};
