/** One process of an exactness run. What it does comes as JSON in argv, its findings leave by the IPC channel. */
import { TableLimiter } from '@cortex-os/native';

const job = JSON.parse(process.argv[2]);
const limiter = TableLimiter.openSync({
  budgets: [{ limit: job.limit, windowMs: job.windowMs }],
  shared: job.path,
  maxKeys: job.maxKeys,
});

process.send('ready');
process.once('message', ({ fromUs }) => {
  const found = job.kind === 'newcomers' ? takeKeysOfTheMoment(fromUs) : hammer();
  process.send(found, () => process.disconnect());
});

/** Times around each admission, in microseconds of the clock that all processes share: before, after, before, ... */
function hammer() {
  const times = [];
  let left = job.attempts;
  const until = job.forMs === undefined ? undefined : performance.now() + job.forMs;
  while (left > 0) {
    const before = process.hrtime();
    if (limiter.tryConsume('one key') > 0) times.push(before, process.hrtime());
    left -= 1;
    if (until !== undefined && left % 1024 === 0 && performance.now() >= until) break;
  }
  return { times: times.map(microseconds), attempts: job.attempts - left };
}

function microseconds([seconds, ns]) {
  return seconds * 1e6 + ns / 1e3;
}

/**
 * Every few microseconds it is the next key's turn, by the clock that all processes share: whoever runs asks for the same
 * new key at the same moment.
 */
function takeKeysOfTheMoment(fromUs) {
  const tried = new Uint8Array(job.keys);
  const admitted = [];
  const full = [];
  for (let last = -1; ; ) {
    const key = Math.floor((microseconds(process.hrtime()) - fromUs) / job.turnUs);
    if (key >= job.keys) return { tried, admitted, full };
    if (key < 0 || key === last) continue;
    last = key;
    tried[key] = 1;
    const told = limiter.tryConsume(`newcomer ${key}`);
    if (told > 0) admitted.push(key);
    else if (told === 0) full.push(key);
  }
}
