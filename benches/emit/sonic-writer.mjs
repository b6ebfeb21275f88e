/** A SonicBoom as a writer of the emit loop. */
import { once } from 'node:events';
import SonicBoom from 'sonic-boom';

export async function openSonic(options) {
  const sonic = new SonicBoom(options);
  await once(sonic, 'ready');
  let full = false;
  return {
    emit(event) {
      full = !sonic.write(`${JSON.stringify(event)}\n`);
    },
    settle() {
      if (!full) return;
      full = false;
      return once(sonic, 'drain');
    },
    /**
     * Not flush(callback), which adds an fsync: here nobody syncs. Plain flush() does nothing during a write and
     * leaves less than minLength behind it, so it is asked until the buffer is empty; `_len` is the only sign of that.
     */
    async flush() {
      if (options.sync) sonic.flushSync();
      while (sonic._len > 0) {
        const drained = once(sonic, 'drain');
        sonic.flush();
        await drained;
      }
    },
    close() {
      const closed = once(sonic, 'close');
      sonic.end();
      return closed;
    },
  };
}
