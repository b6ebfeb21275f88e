/**
 * CPU time of the calling thread, in nanoseconds.
 *
 * `process.cpuUsage()` counts every thread of the process, the native writers included, and
 * `process.threadCpuUsage()` is missing before Node 22.19. Linux has the number in /proc/thread-self/schedstat:
 * its first field is the time this thread has run, kept by the scheduler in nanoseconds. The scheduler brings it
 * up to date on every tick and whenever the thread leaves the CPU, so read in mid-run it lags by up to 4 ms. A
 * sleep of 50 us makes the thread leave the CPU: after it the number is exact, and sleeping costs no CPU.
 */
import { openSync, readSync } from 'node:fs';

const SETTLE_MS = 0.05;
const SPACE = 0x20;

/** A function that reads the clock of the thread that opened it, or undefined where the system has none. */
export function openThreadCpuClock() {
  return schedstatClock() ?? nodeClock();
}

function schedstatClock() {
  let file;
  try {
    // "thread-self" is resolved here, once: later reads are about this thread.
    file = openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return undefined;
  }
  const text = Buffer.alloc(96);
  const cell = new Int32Array(new SharedArrayBuffer(4));
  return function threadCpuNs() {
    Atomics.wait(cell, 0, 0, SETTLE_MS);
    readSync(file, text, 0, text.length, 0);
    return Number(text.latin1Slice(0, text.indexOf(SPACE)));
  };
}

function nodeClock() {
  if (typeof process.threadCpuUsage !== 'function') return undefined;
  return function threadCpuNs() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) * 1000;
  };
}
