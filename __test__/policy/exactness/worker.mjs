/** One process of an exactness run. What it does comes as JSON in argv, its findings leave by the IPC channel. */
import { TableLimiter } from '@cortex-os/native';

const job = JSON.parse(process.argv[2]);
const limiter = TableLimiter.openSync({
  budgets: [{ limit: job.limit, windowMs: job.windowMs }],
  shared: job.path,
  maxKeys: job.maxKeys,
});

process.send('ready');
process.once('message', () => {
  const found = job.kind === 'newcomers' ? takeEachKeyOnce() : hammer();
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
  return { times: times.map(([seconds, ns]) => seconds * 1e6 + ns / 1e3), attempts: job.attempts - left };
}

/** Each key of a row is new to everybody at about the same moment. */
function takeEachKeyOnce() {
  const admitted = [];
  let full = 0;
  for (let key = 0; key < job.keys; key += 1) {
    const told = limiter.tryConsume(`newcomer ${key}`);
    if (told > 0) admitted.push(key);
    else if (told === 0) full += 1;
  }
  return { admitted, full };
}
