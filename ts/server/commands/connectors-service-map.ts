import { SignedManifest } from '../../api/index.js';
import { settingsFromEnv } from '../../connectors/index.js';
import type { Terminal } from '../command.js';

/** `connectors service-map`: the map as the service would send it now. */
export async function printServiceMap(
  { plain, flat, compat }: { plain: boolean; flat: boolean; compat: boolean },
  terminal: Terminal,
): Promise<number> {
  // Printing asks nobody for an API key.
  const { signatureKeys, manifestPath = [] } = settingsFromEnv({ ...process.env, NO_AUTH: 'true' });
  const inside = flat || compat;
  await using manifest = await SignedManifest.open({
    paths: manifestPath,
    keys: signatureKeys,
    envelope: inside ? 'flat' : 'payload',
    count: !inside,
    compat,
    compress: false,
    watch: false,
    onWarning: ({ message }) => terminal.err(`warning: ${message}`),
  });
  const text = manifest.current().body.toString();
  terminal.out(plain ? text : JSON.stringify(JSON.parse(text), null, 2));
  return 0;
}
