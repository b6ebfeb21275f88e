/**
 * The same appendFile from 64 concurrent emitters. The thread pool runs four at a time, so the file has the lines
 * in no order: it is compared as a set of lines.
 */
import { appendFile } from 'node:fs/promises';

export const ordered = false;

export const open = async (path) => {
  let inFlight = [];
  async function settle() {
    await Promise.all(inFlight);
    inFlight = [];
  }
  return {
    emit(event) {
      inFlight.push(appendFile(path, `${JSON.stringify(event)}\n`));
    },
    settle,
    flush: settle,
    async close() {},
  };
};
