/** Events that only the followers of their topic want, among 5,000 connections. */
import { prepareFanOut } from './fanout/prepare.mjs';

const ALL = { connections: 5000, topics: 1000, emitTopics: 1000, warmUp: 2000 };
const EVENTS = { today: 6000, 'better-sse': 20_000, 'js-indexed': 30_000, native: 120_000 };
const ONE_TOPIC = { emitTopics: 1, events: 4000, warmUp: 500, perSecond: 2000 };
const PROOF = { connections: 40, topics: 20, emitTopics: 20, events: 2000, warmUp: 200 };

const contenders = ['today', 'better-sse', 'js-indexed', 'native'];

export default {
  name: 'topics',
  title: 'Topics: 5,000 connections over 1,000 topics',
  rounds: 3,
  cases: ['all topics', 'one topic', 'followers only'],
  proofCases: ['all topics'],
  caseTitle: (name) =>
    ({
      'all topics': 'Events of all topics in turn, as fast as taken',
      'one topic': '2,000 events/s of one topic to its five followers, 4,995 others connected',
      'followers only': 'The same events, only the five followers connected',
    })[name],
  contenders,
  metrics: [
    { name: 'events_per_s', unit: 'events/s', baseline: { contender: 'js-indexed' } },
    { name: 'loop_us_per_event', unit: 'us', baseline: { contender: 'js-indexed' } },
    { name: 'cpu_us_per_event', unit: 'us', baseline: { contender: 'js-indexed' } },
  ],
  targets: [
    {
      case: 'all topics',
      contender: 'native',
      metric: 'events_per_s',
      atLeast: 3,
      of: { contender: 'js-indexed' },
    },
    {
      case: 'all topics',
      contender: 'native',
      metric: 'events_per_s',
      atLeast: 12,
      of: { contender: 'today' },
    },
    ...['loop_us_per_event', 'cpu_us_per_event'].map((metric) => ({
      case: 'one topic',
      contender: 'native',
      metric,
      atMost: 1.3,
      of: { contender: 'native', case: 'followers only' },
    })),
  ],
  panels: [
    { case: 'all topics', metric: 'events_per_s', title: 'Events per second, all topics', better: 'higher' },
    { case: 'all topics', metric: 'loop_us_per_event', title: 'Event-loop CPU per event', better: 'lower' },
  ],
  highlight: ['native'],

  job(name, contender, mode) {
    if (mode === 'proof' && name === 'all topics') return PROOF;
    if (name === 'all topics') return { ...ALL, events: EVENTS[contender] };
    if (contender === 'today' || contender === 'better-sse') return undefined;
    return name === 'one topic' ? { ...ALL, ...ONE_TOPIC } : { ...ONE_TOPIC, connections: 5, topics: 1 };
  },

  prepare: () => prepareFanOut(contenders),

  async measure(job) {
    const { measureTopics } = await import('./fanout/measure-topics.mjs');
    return measureTopics(job);
  },
};
