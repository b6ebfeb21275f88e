/** sonic-boom, pino's writer, as pino's guide to asynchronous logging sets it up: 4 KiB per write. */
import { openSonic } from './sonic-writer.mjs';

export const open = (path) => openSonic({ dest: path, minLength: 4096, sync: false });
