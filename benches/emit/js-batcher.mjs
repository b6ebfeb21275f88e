/** What one writes in an afternoon: lines of a tick joined into one write, one write at a time, in order. */
import { close, open as openFile, write } from 'node:fs';
import { promisify } from 'node:util';

const MAX_WAITING_LINES = 4096;
const [openAsync, closeAsync, writeAsync] = [openFile, close, write].map((call) => promisify(call));

export const open = async (path) => {
  const file = await openAsync(path, 'a');
  let waiting = [];
  let writing;

  async function writeBatches() {
    await undefined; // the rest of this tick joins the first batch
    while (waiting.length > 0) {
      let bytes = Buffer.from(waiting.join(''));
      waiting = [];
      while (bytes.length > 0) bytes = bytes.subarray((await writeAsync(file, bytes)).bytesWritten);
    }
    writing = undefined;
  }

  return {
    emit(event) {
      waiting.push(`${JSON.stringify(event)}\n`);
      writing ??= writeBatches();
    },
    settle: () => (waiting.length > MAX_WAITING_LINES ? writing : undefined),
    flush: () => writing,
    close: () => closeAsync(file),
  };
};
