/** Connectors: manifest, service map and signature, both families of the original. */
export { type BuildConnectorServiceMapOptions, buildConnectorServiceMap } from './build-service-map.js';
export { loadConnectorsManifest } from './load-manifest.js';
export { loadConnectorServiceMap } from './load-service-map.js';
export {
  assertManifestDocument,
  CONNECTORS_MANIFEST_SCHEMA_PATH,
  getManifestSchema,
} from './manifest-document.js';
export { ConnectorsManifestError, type ManifestLoadAttempt } from './manifest-error.js';
export {
  createConnectorsServiceMap,
  getConnectorsServiceMap,
  type ServiceMapOptions,
} from './runtime-service-map.js';
export {
  attachSignature,
  canonicalizeConnectorPayload,
  signConnectorPayload,
  signConnectorServiceMap,
} from './signature.js';
