/** 400 clients come back at once and want 1,000 events each. */
import { prepareFanOut } from './fanout/prepare.mjs';

const FULL = { missed: 1000, reconnects: 400, warmUps: 4 };
const PROOF = { missed: 50, reconnects: 10, warmUps: 1 };
const NOTHING = 'nothing missed';
const MEMORY = '1,000 events, from memory';
const DISK = '1,000 events, from disk';

const contenders = ['js-tuned', 'native-stream', 'native'];
const free = (name, ofCase) => ({
  case: name,
  contender: 'native',
  metric: 'loop_us_per_reconnect',
  atMost: 1.15,
  of: { contender: 'native', case: ofCase },
});

export default {
  name: 'catchup',
  title: 'Catch-up: 400 clients reconnect at once',
  rounds: 2,
  cases: [NOTHING, MEMORY, DISK],
  caseTitle: (name) => `Each reconnect: ${name}`,
  contenders,
  metrics: [
    { name: 'loop_us_per_reconnect', unit: 'us', baseline: { contender: 'js-tuned', case: NOTHING } },
    { name: 'cpu_us_per_reconnect', unit: 'us', baseline: { contender: 'js-tuned', case: NOTHING } },
  ],
  targets: [free(MEMORY, NOTHING), free(DISK, NOTHING)],
  panels: [NOTHING, MEMORY, DISK].map((name) => ({
    case: name,
    metric: 'loop_us_per_reconnect',
    title: `Event-loop CPU per reconnect, ${name}`,
    better: 'lower',
  })),
  highlight: ['native', 'native-stream'],

  job(name, contender, mode) {
    if (name === DISK && contender === 'js-tuned') return undefined;
    return { ...(mode === 'proof' ? PROOF : FULL), fromDisk: name === DISK };
  },

  prepare: () => prepareFanOut(contenders),

  async measure(job) {
    const { measureCatchUp } = await import('./fanout/measure-catchup.mjs');
    return measureCatchUp(job);
  },
};
