/**
 * `@cortex-os/native/connectors`: the connectors service, its routes for other servers, and what its clients need.
 */
export { canonicalizeJson, type VerifiedManifest, type VerifyOptions, verifyManifest } from '../api/index.js';
export { connectorsPlugin, connectorsRouter, type FastifyLike } from './adapters.js';
export {
  applyServiceMapPatch,
  diffServiceMaps,
  type JsonObject,
  type ServiceMapPatch,
  type SignedServiceMap,
} from './changes.js';
export { ConnectorsRuntime } from './runtime.js';
export { type ConnectorsServer, startConnectorsServer } from './server.js';
export { type ConnectorsAddress, type ConnectorsSettings, settingsFromEnv } from './settings.js';
