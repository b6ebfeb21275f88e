/** What a decision costs, in one process and in several, and what stands beside it: paths, denials, grants, opening. */
import { ensureDependencies } from './harness/deps.mjs';

const RATES = ['60', '1000', '10000'];

/** Who takes part in what. Engines of rules do not count; stores that count know no actions and no paths. */
const CASES = {
  60: [
    'original-pattern',
    'js-ring',
    'rate-limiter-flexible-memory',
    'rate-limiter-flexible-cluster',
    'fastify-local',
    'casbin',
    'cedar-wasm',
    'native-local',
    'native-shared',
  ],
  1000: [
    'original-pattern',
    'js-ring',
    'rate-limiter-flexible-memory',
    'fastify-local',
    'native-local',
    'native-shared',
  ],
  10000: [
    'original-pattern',
    'js-ring',
    'rate-limiter-flexible-memory',
    'fastify-local',
    'native-local',
    'native-shared',
  ],
  path: ['original-pattern', 'casbin', 'cedar-wasm', 'native-local', 'native-shared'],
  denial: ['original-pattern', 'native-throw', 'native-local', 'native-shared'],
  grant: ['original-pattern', 'native-local'],
  open: ['plain-open', 'realpath-open', 'native-local'],
};

/** Decisions of one round: about half a second each. */
const CALLS = {
  'original-pattern': { 60: 400_000, 1000: 40_000, 10000: 4_000, path: 60_000, denial: 60_000, grant: 8_000 },
  'rate-limiter-flexible-memory': { default: 200_000 },
  'rate-limiter-flexible-cluster': { default: 8_000 },
  casbin: { default: 20_000 },
  'cedar-wasm': { default: 3_000 },
  'native-throw': { default: 60_000 },
  'plain-open': { default: 60_000 },
  'realpath-open': { default: 40_000 },
  'native-local': { open: 60_000, default: 2_000_000 },
  default: { default: 2_000_000 },
};

const target = (caseName, contender, bound, of) => ({
  case: caseName,
  contender,
  metric: 'ns',
  ...bound,
  of,
});

export default {
  name: 'policy',
  title: 'Policy: one decision',
  rounds: 7,
  cases: Object.keys(CASES).sort((a, b) => order(a) - order(b)),
  caseTitle: (name) =>
    RATES.includes(name) ? `A grant of ${name} calls per minute, used up` : `Case: ${name}`,
  contenders: [...new Set(Object.values(CASES).flat())],
  metrics: [{ name: 'ns', unit: 'ns', baseline: { contender: 'original-pattern' } }],
  targets: [
    ...[
      ['60', 4],
      ['1000', 80],
      ['10000', 500],
    ].map(([rate, times]) =>
      target(rate, 'native-local', { atMost: 1 / times }, { contender: 'original-pattern' }),
    ),
    ...RATES.map((rate) => target(rate, 'native-local', { atMost: 1.15 }, { contender: 'js-ring' })),
    ...RATES.map((rate) => target(rate, 'native-shared', { atMost: 1.5 }, { contender: 'js-ring' })),
    target('60', 'native-shared', { atMost: 1 / 100 }, { contender: 'rate-limiter-flexible-cluster' }),
    target('denial', 'native-local', { atMost: 1 / 20 }, { contender: 'native-throw' }),
    target('grant', 'native-local', { atMost: 200 }),
    target('path', 'native-local', { atMost: 1 / 8 }, { contender: 'original-pattern' }),
    target('open', 'native-local', { atMost: 1.3 }, { contender: 'plain-open' }),
    target('open', 'native-local', { atMost: 1 / 4 }, { contender: 'realpath-open' }),
  ],
  panels: [
    { case: '60', metric: 'ns', title: 'One decision at 60 per minute', better: 'lower' },
    { case: '10000', metric: 'ns', title: 'One decision at 10,000 per minute', better: 'lower' },
    { case: 'open', metric: 'ns', title: 'Opening a file', better: 'lower' },
  ],
  highlight: ['native-local', 'native-shared'],

  job(caseName, contender, mode) {
    if (!CASES[caseName].includes(contender)) return undefined;
    const counts = CALLS[contender] ?? CALLS.default;
    const calls = counts[caseName] ?? counts.default ?? 2_000_000;
    return { calls: mode === 'full' ? calls : Math.min(calls, 500) };
  },

  async prepare() {
    ensureDependencies();
    return [];
  },

  async measure(job) {
    const { measurePolicy } = await import('./policy/measure.mjs');
    return measurePolicy(job);
  },
};

function order(name) {
  const index = RATES.indexOf(name);
  return index < 0 ? RATES.length : index;
}
