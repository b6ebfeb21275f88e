/** EventHub with a sync for every event. */
import { openHub } from './hub-session.mjs';

export const open = (path) => openHub(path, 'always');
