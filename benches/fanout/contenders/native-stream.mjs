/** EventHub where sockets cannot be adopted: Node writes. */
import { openHub } from './hub.mjs';

export const open = (options) => openHub(options, 'stream');
