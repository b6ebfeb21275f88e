/** EventHub with a sync for every event. */
import { openHub } from './hub-appender.mjs';

export const open = (path) => openHub(path, 'always');
