/** EventHub as it is by default: one sync for whatever came together. */
import { openHub } from './hub-appender.mjs';

export const open = (path) => openHub(path, 'group');
