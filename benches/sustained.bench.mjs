/** How many events a second 1,000 subscribers can be given, and what 3,200 a second leave of the event loop. */
import { prepareFanOut } from './fanout/prepare.mjs';

const SUBSCRIBERS = 1000;

/** Where the search begins. */
const FROM = {
  today: 40,
  'better-sse': 60,
  'js-tuned': 150,
  'js-batched': 5000,
  'native-stream': 5000,
  native: 5000,
  'raw-rust': 5000,
};
const HOLD_3200 = ['js-batched', 'native-stream', 'native', 'raw-rust', 'none'];
const PROOF = { subscribers: 30, perSecond: 2000, events: 200, warmUp: 20 };

/** `none` delivers nothing: what the load itself costs the event loop. */
const contenders = [...Object.keys(FROM), 'none'];
const beside = (metric, atMost) => ({
  case: '3200 events/s',
  contender: 'native',
  metric,
  atMost,
  of: { contender: 'js-batched' },
});
const rate = (atLeast, of) => ({
  case: 'highest rate',
  contender: 'native',
  metric: 'events_per_s',
  atLeast,
  of: { contender: of },
});

export default {
  name: 'sustained',
  title: 'Sustained: 1,000 subscribers',
  rounds: 2,
  cases: ['highest rate', '3200 events/s'],
  proofCases: ['highest rate'],
  caseTitle: (name) =>
    name === 'highest rate' ? 'Highest rate with frame p99 below 250 ms, nothing lost' : 'At 3,200 events/s',
  contenders,
  metrics: [
    { name: 'events_per_s', unit: 'events/s', baseline: { contender: 'js-batched' } },
    { name: 'loop_share', unit: 'of a core', baseline: { contender: 'js-batched' } },
    { name: 'loop_delay_p99_ms', unit: 'ms', baseline: { contender: 'js-batched' } },
    { name: 'other_p99_ms', unit: 'ms', baseline: { contender: 'js-batched' } },
    { name: 'frame_p99_ms', unit: 'ms' },
  ],
  targets: [
    rate(0.95, 'js-batched'),
    rate(40, 'better-sse'),
    beside('loop_share', 0.12),
    beside('loop_delay_p99_ms', 0.15),
    beside('other_p99_ms', 0.15),
  ],
  panels: [
    { case: 'highest rate', metric: 'events_per_s', title: 'Highest rate held', better: 'higher' },
    { case: '3200 events/s', metric: 'loop_share', title: 'Share of the event loop', better: 'lower' },
    { case: '3200 events/s', metric: 'other_p99_ms', title: 'Other requests, p99', better: 'lower' },
  ],
  highlight: ['native', 'native-stream'],

  job(name, contender, mode) {
    if (name === 'highest rate' && contender === 'none') return undefined;
    if (mode === 'proof' && name === 'highest rate') return PROOF;
    if (name === 'highest rate') return { subscribers: SUBSCRIBERS, from: FROM[contender] };
    if (!HOLD_3200.includes(contender)) return undefined;
    return { subscribers: SUBSCRIBERS, perSecond: 3200, events: 12_800, warmUp: 1600 };
  },

  prepare: () => prepareFanOut(contenders),

  async measure(job) {
    const { measureSteady } = await import('./fanout/measure-steady.mjs');
    return measureSteady(job);
  },
};
