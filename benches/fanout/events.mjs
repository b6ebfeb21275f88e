/**
 * The events of the fan-out benchmarks, about 300 bytes: `n` numbers the events of a topic, `t` is the number of the
 * topic, `at` is when it was emitted, in microseconds of the machine's monotonic clock. The clients rely on these three
 * being first.
 */
import { makeEvents } from '../data/events.mjs';

const CYCLE = 64;
const FNV_PRIME = 0x01000193;
const FNV_START = 0x811c9dc5;

const rests = makeEvents('320B', { unicode: true })
  .slice(0, CYCLE)
  .map(({ id, taskId, ...rest }) => rest);

export function makeEvent(n, t = 0) {
  const [seconds, ns] = process.hrtime();
  const at = seconds * 1_000_000 + Math.floor(ns / 1000);
  return { n, t, at, topic: `t${t}`, ...rests[n % CYCLE] };
}

/** What follows `"at":…` in the data of an event. */
function tailOf(n, t) {
  return JSON.stringify({ at: 0, topic: `t${t}`, ...rests[n % CYCLE] }).slice('{"at":0'.length);
}

/** For the Rust writer: type and tail of each event of the cycle. */
export const templateText = () => rests.map(({ type }, n) => `${type}\t${tailOf(n, 0)}\n`).join('');

/** What a client makes of events `0` to `count - 1` of topic `t`. */
export function referenceDigest(count, t = 0) {
  let digest = FNV_START;
  const add = (bytes) => {
    for (const byte of bytes) digest = Math.imul(digest ^ byte, FNV_PRIME) >>> 0;
  };
  const numbers = Buffer.alloc(16);
  for (let n = 0; n < count; n += 1) {
    numbers.writeBigUInt64LE(BigInt(n), 0);
    numbers.writeBigUInt64LE(BigInt(t), 8);
    add(numbers);
    add(Buffer.from(tailOf(n, t)));
  }
  return digest;
}
