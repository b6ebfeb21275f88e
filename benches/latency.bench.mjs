/** When a frame arrives, and what else the process does meanwhile, at a rate that everybody holds. */
import { prepareFanOut } from './fanout/prepare.mjs';

const FULL = { subscribers: 1000, perSecond: 100, events: 400, warmUp: 50 };
const PROOF = { subscribers: 30, perSecond: 1000, events: 100, warmUp: 20 };
const CASE = '100 events/s';

const contenders = ['today', 'better-sse', 'js-tuned', 'js-batched', 'native-stream', 'native', 'raw-rust'];
const target = (metric, atMost) => ({
  case: CASE,
  contender: 'native',
  metric,
  atMost,
  of: { contender: 'js-tuned' },
});
const baseline = { contender: 'js-tuned' };

export default {
  name: 'latency',
  title: 'Latency: 100 events/s to 1,000 subscribers',
  rounds: 3,
  cases: [CASE],
  caseTitle: () => 'Every event to 1,000 subscribers',
  contenders,
  metrics: [
    { name: 'frame_p50_ms', unit: 'ms', baseline },
    { name: 'frame_p99_ms', unit: 'ms', baseline },
    { name: 'loop_delay_p99_ms', unit: 'ms', baseline },
    { name: 'other_p50_ms', unit: 'ms', baseline },
    { name: 'loop_share', unit: 'of a core', baseline },
  ],
  targets: [
    target('frame_p50_ms', 0.7),
    target('frame_p99_ms', 1),
    target('loop_delay_p99_ms', 0.25),
    target('other_p50_ms', 0.1),
  ],
  panels: [
    { case: CASE, metric: 'frame_p50_ms', title: 'From emit to the client, p50', better: 'lower' },
    { case: CASE, metric: 'frame_p99_ms', title: 'From emit to the client, p99', better: 'lower' },
    { case: CASE, metric: 'other_p50_ms', title: 'Other requests, p50', better: 'lower' },
  ],
  highlight: ['native', 'native-stream'],

  job: (_case, _contender, mode) => (mode === 'proof' ? PROOF : FULL),

  prepare: () => prepareFanOut(contenders),

  async measure(job) {
    const { measureSteady } = await import('./fanout/measure-steady.mjs');
    return measureSteady(job);
  },
};
