/** sonic-boom writing on the main thread, pino's default. */
import { openSonic } from './sonic-writer.mjs';

export const open = (path) => openSonic({ dest: path, minLength: 4096, sync: true });
