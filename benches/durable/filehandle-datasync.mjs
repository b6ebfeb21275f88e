/**
 * The plain thing: append, then datasync, per event. Concurrent appends of one handle run in the thread pool in no
 * order, so the file is compared as a set of lines.
 */
import { open as openFile } from 'node:fs/promises';

export const ordered = false;

export const open = async (path) => {
  const file = await openFile(path, 'a');
  return {
    async append(event) {
      await file.appendFile(`${JSON.stringify(event)}\n`);
      await file.datasync();
    },
    close: () => file.close(),
  };
};
