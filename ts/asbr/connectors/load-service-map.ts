/**
 * Matches `connectors/manifest-loader.ts` of `@cortex-os/asbr`, 2025-10-13: same errors, same map.
 */
import { ASBRError, type ConnectorServiceMap, ValidationError } from '../types/index.js';
import { buildConnectorServiceMap, isContentError } from './build-service-map.js';
import { loadConnectorsManifest } from './load-manifest.js';
import { ConnectorsManifestError } from './manifest-error.js';
import { attachSignature, signConnectorServiceMap } from './signature.js';

const ABOUT = { brand: 'brAInwav', component: 'connectors' };

/**
 * Reads the manifest, builds its map and signs it with `$CONNECTORS_SIGNATURE_KEY`. For a server that is asked often
 * see `SignedManifest`.
 *
 * @throws ASBRError `CONNECTORS_SIGNATURE_KEY_MISSING` (503), `CONNECTORS_SERVICE_MAP_FAILURE` (503); ValidationError
 *   with `details.attempts`
 */
export async function loadConnectorServiceMap(): Promise<ConnectorServiceMap> {
  const key = process.env.CONNECTORS_SIGNATURE_KEY;
  if (!key) {
    const code = 'CONNECTORS_SIGNATURE_KEY_MISSING';
    throw new ASBRError('CONNECTORS_SIGNATURE_KEY is not configured', code, 503, ABOUT);
  }
  try {
    const payload = buildConnectorServiceMap(await loadConnectorsManifest());
    return attachSignature(payload, signConnectorServiceMap(payload, key));
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): ASBRError {
  const reason = error instanceof Error ? error.message : String(error);
  if (isContentError(error)) {
    const tried = error instanceof ConnectorsManifestError ? error.attempts : [];
    const attempts = tried.map(({ path, error: cause }) => ({
      path,
      error: cause instanceof Error ? cause.message : String(cause),
    }));
    return new ValidationError('Connectors manifest validation failed', { ...ABOUT, attempts, reason });
  }
  const code = 'CONNECTORS_SERVICE_MAP_FAILURE';
  return new ASBRError('Failed to load connectors service map', code, 503, { ...ABOUT, reason });
}
