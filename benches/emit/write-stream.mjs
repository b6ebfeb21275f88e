/** fs.createWriteStream with its defaults, waiting for 'drain' when it says so. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

export const open = async (path) => {
  const stream = createWriteStream(path, { flags: 'a' });
  await once(stream, 'open');
  let full = false;
  return {
    emit(event) {
      full = !stream.write(`${JSON.stringify(event)}\n`);
    },
    settle() {
      if (full && stream.writableNeedDrain) return once(stream, 'drain');
    },
    flush: () => new Promise((done, failed) => stream.write('', (error) => (error ? failed(error) : done()))),
    close: () => new Promise((done) => stream.end(done)),
  };
};
