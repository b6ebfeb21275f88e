/** What @cortex-os/asbr does: one awaited appendFile per event. */
import { appendFile } from 'node:fs/promises';

export const open = async (path) => ({
  emit: (event) => appendFile(path, `${JSON.stringify(event)}\n`),
  settle() {},
  async flush() {},
  async close() {},
});
