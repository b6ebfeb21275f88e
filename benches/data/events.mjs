/**
 * Events as an ASBR server emits them, the same on every run and every machine. Contenders take them in a cycle;
 * no two of a cycle are equal, so a line that is lost, doubled or out of place changes the digest.
 */
const CYCLE = 1024;
const TASKS = 16;

const KINDS = [
  ['PlanStarted', 'plan.draft', 'Planning has started'],
  ['StepCompleted', 'collect.sources', 'Step completed successfully'],
  ['AwaitingApproval', 'apply.patch', 'Waiting for approval'],
  ['StepCompleted', 'run.tests', 'Step completed successfully'],
  ['DeliverableReady', 'write.report', 'Deliverable is ready'],
];

/** What a case adds to `data`, to reach its size. */
const FILLERS = {
  '160B': undefined,
  '320B': () => undefined,
  /** 320 bytes with a key that no other event has. */
  varied: () => undefined,
  '4KiB': (random) => Array.from({ length: 36 }, (_, line) => `${line}: ${hex(random, 96)}`),
};

export const EVENT_SIZES = Object.keys(FILLERS);

/**
 * @param {'160B' | '320B' | 'varied' | '4KiB'} size about the length of an event's line
 * @param {{unicode?: boolean}} options unicode: some texts are not ASCII (for proofs; timing is about the plain case)
 */
export function makeEvents(size, { unicode = false } = {}) {
  const random = mulberry32(0x5eed);
  const tasks = Array.from({ length: TASKS }, () => uuid(random));
  const events = Array.from({ length: CYCLE }, (_, i) =>
    makeEvent(i, size, tasks, random, unicode && i % 7 === 0),
  );
  // Strings built by concatenation are ropes, flattened when first read: parsed ones are flat like a server's.
  return JSON.parse(JSON.stringify(events));
}

function makeEvent(i, size, tasks, random, unicode) {
  const [type, step, hint] = KINDS[i % KINDS.length];
  const event = {
    id: uuid(random),
    type,
    taskId: tasks[Math.floor(random() * TASKS)],
    timestamp: new Date(Date.UTC(2026, 0, 1) + i * 137).toISOString(),
  };
  const filler = FILLERS[size];
  if (!filler) return event;
  event.step = step;
  event.ariaLiveHint = unicode ? `${hint} \u2192 \u00fcber \u{1F680}` : hint;
  event.data = { attempt: i % 3, durationMs: Math.floor(random() * 9000), lines: filler(random) };
  if (size === 'varied') event.data[`step${i}`] = 'a "quoted" text\n';
  event.traceparent = `00-${hex(random, 32)}-${hex(random, 16)}-01`;
  return event;
}

function uuid(random) {
  return [8, 4, 4, 4, 12].map((length) => hex(random, length)).join('-');
}

function hex(random, length) {
  let text = '';
  while (text.length < length) text += Math.floor(random() * 16).toString(16);
  return text;
}

/** A small generator with a seed: Math.random() has none. */
function mulberry32(seed) {
  return function random() {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
