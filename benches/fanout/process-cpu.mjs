/** What a process has used, by the scheduler's own count in nanoseconds: its main thread, and all of its threads. */
import { readdirSync, readFileSync } from 'node:fs';

export function processCpu(pid) {
  const ofThread = (tid) =>
    Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'latin1').split(' ')[0]);
  const threads = readdirSync(`/proc/${pid}/task`);
  return { loopNs: ofThread(pid), totalNs: threads.reduce((sum, tid) => sum + ofThread(tid), 0) };
}

/**
 * Resident memory in bytes. Not RSS: the native rings are mapped twice in a row, and RSS counts their pages twice, while
 * PSS divides a page by its mappings.
 */
export function processMemory(pid) {
  const [, kib] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
  return Number(kib) * 1024;
}

export const descriptorCount = (pid) => readdirSync(`/proc/${pid}/fd`).length;
