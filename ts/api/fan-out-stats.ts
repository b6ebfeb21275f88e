/** Counts of the native thread that writes to adopted sockets. */
import { native } from '../native.js';
import type { FanOutStats } from './types.js';

const NONE: FanOutStats = {
  connections: 0,
  lagging: 0,
  lag: 0,
  frames: 0,
  bytes: 0,
  writes: 0,
  stalls: 0,
  slow: 0,
  gaps: 0,
  coalesced: 0,
  resumes: 0,
  catchups: 0,
  latency: [],
};

/** A snapshot; all zero where sockets cannot be adopted (Windows has no such function). */
export function fanOutStats(attachment: number): FanOutStats {
  return (native.hubFanOutCounts as typeof native.hubFanOutCounts | undefined)?.(attachment) ?? { ...NONE };
}
