/**
 * sonic-boom: write, then flush with a callback, which comes after an fsync. (Its option `fsync` would sync on the main
 * thread instead; flush syncs in the thread pool.)
 */
import { once } from 'node:events';
import SonicBoom from 'sonic-boom';

export const open = async (path) => {
  const sonic = new SonicBoom({ dest: path, minLength: 4096, sync: false });
  sonic.setMaxListeners(0); // a flush that waits listens for 'error'
  await once(sonic, 'ready');
  return {
    append(event) {
      sonic.write(`${JSON.stringify(event)}\n`);
      return new Promise((done, failed) => sonic.flush((error) => (error ? failed(error) : done())));
    },
    close() {
      const closed = once(sonic, 'close');
      sonic.end();
      return closed;
    },
  };
};
