/** Everything anew for every request. */
import { sendJson, signedMap } from './plain.mjs';

export const open = async (path) => async (req, res) => sendJson(req, res, await signedMap(path));
