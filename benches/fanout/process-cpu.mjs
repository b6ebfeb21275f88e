/** What a process has used, by the scheduler's own count in nanoseconds: its main thread, and all of its threads. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export function processCpu(pid) {
  const ofThread = (tid) =>
    Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'latin1').split(' ')[0]);
  const threads = readdirSync(`/proc/${pid}/task`);
  return { loopNs: ofThread(pid), totalNs: threads.reduce((sum, tid) => sum + ofThread(tid), 0) };
}

/**
 * Resident memory in bytes that is the process's own. Not RSS: the native rings are mapped twice in a row, and RSS counts
 * their pages twice, while PSS divides a page by its mappings. Without the pages of programs and libraries, whose share
 * changes by megabytes with every other Node process that comes and goes.
 */
export function processMemory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const kib = (kind) => Number(new RegExp(`^Pss_${kind}:\\s+(\\d+)`, 'm').exec(rollup)[1]);
  return (kib('Anon') + kib('Shmem')) * 1024;
}

/**
 * Descriptors of everything but files: sockets, pipes, epoll. A ledger opens files of its own when its index begins or its
 * past is read, and keeps them.
 */
export function descriptorCount(pid) {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => !isFile(`/proc/${pid}/fd/${fd}`)).length;
}

function isFile(link) {
  try {
    return readlinkSync(link).startsWith('/');
  } catch {
    return true; // closed meanwhile
  }
}
