/** EventHub on adopted sockets; a socket that cannot be adopted is an error. */
import { openHub } from './hub.mjs';

export const open = (options) => openHub(options, 'adopted');
