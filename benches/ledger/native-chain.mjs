/** The same with a hash chain and a new file every 8 MiB. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EventHub } from '../harness/native.mjs';

export const open = async (path) => {
  const options = { path, durability: 'none', topicField: 'taskId', chain: true };
  const hub = await EventHub.open({ ...options, rotate: { maxBytes: 8 << 20 } });
  return {
    emit(event) {
      hub.emit(event);
    },
    settle: () => (hub.pressure ? hub.drained() : undefined),
    flush: () => hub.flush(),
    close: () => hub.close(),
    /** All files in order are what one file would be. */
    read() {
      const [stem] = basename(path).split('.');
      const files = readdirSync(dirname(path)).filter(
        (name) => name.startsWith(stem) && name.endsWith('.ndjson'),
      );
      return Buffer.concat(files.sort().map((name) => readFileSync(join(dirname(path), name))));
    },
  };
};
