/** What one event to all subscribers costs the event loop and the machine. */
import { prepareFanOut } from './fanout/prepare.mjs';

const FRAMES_PER_SECOND = 40_000;

const SIZES = {
  full: {
    100: { subscribers: 100, events: 1000, warmUp: 200 },
    1000: { subscribers: 1000, events: 120, warmUp: 20 },
    5000: { subscribers: 5000, events: 24, warmUp: 4 },
  },
  proof: { subscribers: 20, events: 100, warmUp: 10 },
};

const contenders = [
  'today',
  'better-sse',
  'js-tuned',
  'js-batched',
  'native-stream',
  'native',
  'raw-rust',
  'none',
];

const target = (contender, metric, atMost, of) => ({
  case: '5000',
  contender,
  metric,
  atMost,
  of: { contender: of },
});

export default {
  name: 'fanout',
  title: 'Fan-out: one event to every subscriber',
  rounds: 3,
  cases: ['5000', '1000', '100'],
  /** The number of subscribers is all that differs. */
  proofCases: ['5000'],
  caseTitle: (subscribers) => `${subscribers} subscribers, ${FRAMES_PER_SECOND / subscribers} events/s`,
  contenders,
  metrics: [
    { name: 'loop_us_per_event', unit: 'us', baseline: { contender: 'none' } },
    { name: 'cpu_us_per_frame', unit: 'us', baseline: { contender: 'raw-rust' } },
  ],
  targets: [
    target('native', 'loop_us_per_event', 1 / 100, 'better-sse'),
    target('native', 'loop_us_per_event', 1 / 60, 'js-tuned'),
    target('native', 'loop_us_per_event', 1.5, 'none'),
    target('native', 'cpu_us_per_frame', 1.15, 'raw-rust'),
    target('native', 'cpu_us_per_frame', 0.5, 'better-sse'),
    target('native-stream', 'loop_us_per_event', 1, 'js-tuned'),
    target('native-stream', 'cpu_us_per_frame', 1, 'js-tuned'),
  ],
  panels: ['5000', '1000'].flatMap((subscribers) => [
    {
      case: subscribers,
      metric: 'loop_us_per_event',
      title: `Event-loop CPU per event, ${subscribers} subscribers`,
      better: 'lower',
    },
    {
      case: subscribers,
      metric: 'cpu_us_per_frame',
      title: `CPU of the process per frame, ${subscribers} subscribers`,
      better: 'lower',
    },
  ]),
  highlight: ['native', 'native-stream'],

  job(subscribers, _contender, mode) {
    if (mode === 'proof') return { ...SIZES.proof, perSecond: 2000 };
    return { ...SIZES.full[subscribers], perSecond: FRAMES_PER_SECOND / subscribers };
  },

  prepare: () => prepareFanOut(contenders),

  async measure(job) {
    const { measureFanOut } = await import('./fanout/measure-fanout.mjs');
    return measureFanOut(job);
  },
};
