/** SignedManifest as it is by default: watched, signed and compressed off the loop. */
import { KEY } from '../data/manifest.mjs';
import { SignedManifest } from '../harness/native.mjs';

export const open = async (path) => {
  const manifest = await SignedManifest.open({ paths: path, keys: KEY });
  return (req, res) => manifest.respond(req, res);
};
