/** 30 of 300 clients stop reading for 24,000 events. */
import { prepareFanOut } from './fanout/prepare.mjs';

/** Small enough that 24,000 events do not fit: who stalls falls out of what is kept. */
const RING_MIB = 4;
/** Frames that the native thread keeps encoded, see `Settings` of the core. */
const FRAMES_MIB = 8;
const HUB = { ringBytes: RING_MIB * 2 ** 20, stallMs: 1000 };

const SERVERS = {
  native: { server: 'native', hub: HUB, attach: { onSlow: 'disconnect' }, cutting: true },
  // Twice the events: 24,000 of them fit into the kernel's buffers and the encoded frames, and nobody misses any.
  'native-gap': {
    server: 'native',
    hub: HUB,
    attach: { onSlow: 'gap' },
    cutting: false,
    ...twice(24_000, 3000),
  },
  'js-batched': { server: 'js-batched', cutting: false },
  'better-sse': { server: 'better-sse', cutting: false },
};

function twice(events, perSecond) {
  return { events: 2 * events, perSecond: 2 * perSecond };
}

const FULL = { connections: 300, stalled: 30, events: 24_000, warmUp: 6000, perSecond: 3000 };
/** What better-sse takes of that load: as many who stall, fewer who read. */
const FEWER = { connections: 45, perSecond: 1500 };
const PROOF = { connections: 20, stalled: 0, events: 300, warmUp: 50, perSecond: 3000 };

const contenders = Object.keys(SERVERS);
const exactly = (contender, metric, count) => [
  { case: '30 stalled', contender, metric, atLeast: count },
  { case: '30 stalled', contender, metric, atMost: count },
];
const ours = ['native', 'native-gap'];

export default {
  name: 'slow',
  title: 'Slow consumers: 30 of 300 clients stop reading',
  rounds: 2,
  cases: ['30 stalled', 'nobody stalled'],
  /** The proof is about what those who read get; nobody stalls for it. */
  proofCases: ['30 stalled'],
  caseTitle: (name) => `${name}, 24,000 events`,
  contenders,
  metrics: [
    { name: 'others_p99_ms', unit: 'ms' },
    { name: 'memory_growth_mib', unit: 'MiB' },
    { name: 'cut', unit: 'clients' },
    { name: 'told_of_gap', unit: 'clients' },
    { name: 'harmed_others', unit: 'clients' },
  ],
  targets: [
    ...exactly('native', 'cut', 30),
    ...exactly('native-gap', 'told_of_gap', 30),
    ...ours.flatMap((contender) => [
      { case: '30 stalled', contender, metric: 'harmed_others', atMost: 0 },
      { case: '30 stalled', contender, metric: 'memory_growth_mib', atMost: RING_MIB + FRAMES_MIB },
      {
        case: '30 stalled',
        contender,
        metric: 'others_p99_ms',
        atMost: 1.3,
        of: { contender, case: 'nobody stalled' },
      },
    ]),
  ],
  panels: [
    {
      case: '30 stalled',
      metric: 'memory_growth_mib',
      title: 'Growth of resident memory, 30 clients stalled',
      better: 'lower',
    },
    { case: '30 stalled', metric: 'others_p99_ms', title: 'Frame p99 of those who read', better: 'lower' },
  ],
  highlight: ours,

  job(name, contender, mode) {
    // The comparison with nobody stalled is about the policies.
    if (name === 'nobody stalled' && !ours.includes(contender)) return undefined;
    const size = mode === 'proof' ? {} : { ...FULL, ...(contender === 'better-sse' ? FEWER : {}) };
    return {
      ...size,
      ...SERVERS[contender],
      ...(mode === 'proof' ? PROOF : {}),
      ...(name === 'nobody stalled' ? { stalled: 0 } : {}),
    };
  },

  prepare: () => prepareFanOut(contenders),

  async measure(job) {
    const { measureSlow } = await import('./fanout/measure-slow.mjs');
    return measureSlow(job);
  },
};
