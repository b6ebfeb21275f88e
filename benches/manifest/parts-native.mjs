/** The parts as the package has them. */
import { KEY } from '../data/manifest.mjs';
import { SignedManifest, verifyManifest } from '../harness/native.mjs';

export async function open(path) {
  const manifest = await SignedManifest.open({ paths: path, keys: KEY, watch: false });
  return {
    current: () => manifest.current(),
    refresh: () => manifest.refresh(),
    verify,
    close: () => manifest.close(),
  };
}

function verify(body) {
  try {
    verifyManifest(body, { keys: KEY });
    return true;
  } catch {
    return false;
  }
}
