/** Settings of the connectors service, from options or from the environment. */
import type { ManifestKeys, SignedManifestOptions } from '../api/index.js';

/** How the service is run. Times in milliseconds. */
export interface ConnectorsSettings {
  /** Keys that sign the map, newest first. */
  signatureKeys: ManifestKeys;
  /** Candidates in order. Default: `config/connectors.manifest.json`. */
  manifestPath?: string | readonly string[];
  /** What clients send as bearer token. Required unless `noAuth`. */
  apiKey?: string;
  /** Serve everybody who can reach the port. Default: false. */
  noAuth?: boolean;
  /** Serve `/metrics`, to clients with the API key. Default: false. */
  enablePrometheus?: boolean;
  /** Folder served below `/apps/chatgpt-dashboard/`. Default: none, such requests get 503. */
  appsBundleDir?: string;
  /** A heartbeat on every stream about this often. Default: 15,000. */
  sseIntervalMs?: number;
  /** Everything else of the manifest: refreshing, trust, what is published. */
  manifest?: Partial<
    Omit<SignedManifestOptions, 'paths' | 'keys' | 'envelope' | 'build' | 'count' | 'compat'>
  >;
}

/** Where a server listens. */
export interface ConnectorsAddress {
  /** Default: 3026; 0 for any free one. */
  port?: number;
  /** Default: `0.0.0.0`, and `127.0.0.1` with `noAuth`. */
  host?: string;
}

const DEFAULT_MANIFEST = 'config/connectors.manifest.json';

/**
 * Settings from CONNECTORS_SIGNATURE_KEY or CONNECTORS_SIGNATURE_KEYS_FILE, CONNECTORS_API_KEY or NO_AUTH,
 * CONNECTORS_MANIFEST_PATH, ENABLE_PROMETHEUS and APPS_BUNDLE_DIR. True is `1`, `true` or `yes`.
 *
 * @throws Error `CONNECTORS_SIGNATURE_KEY is required`, `CONNECTORS_API_KEY is required unless NO_AUTH=true`
 */
export function settingsFromEnv(env: NodeJS.ProcessEnv = process.env): ConnectorsSettings {
  const { CONNECTORS_SIGNATURE_KEYS_FILE: file, CONNECTORS_SIGNATURE_KEY: key } = env;
  const { CONNECTORS_API_KEY: apiKey, APPS_BUNDLE_DIR: appsBundleDir } = env;
  const noAuth = isTrue(env.NO_AUTH);
  if (!file && !key) throw new Error('CONNECTORS_SIGNATURE_KEY is required');
  if (!apiKey && !noAuth) throw new Error('CONNECTORS_API_KEY is required unless NO_AUTH=true');
  return {
    signatureKeys: file ? { file } : (key as string),
    manifestPath: env.CONNECTORS_MANIFEST_PATH || DEFAULT_MANIFEST,
    ...(apiKey && { apiKey }),
    noAuth,
    enablePrometheus: isTrue(env.ENABLE_PROMETHEUS),
    ...(appsBundleDir && { appsBundleDir }),
  };
}

/** What the manifest is opened with: the envelope of this service, its count signed with the rest. */
export function manifestOptions(settings: ConnectorsSettings): SignedManifestOptions {
  return {
    ...settings.manifest,
    paths: settings.manifestPath ?? DEFAULT_MANIFEST,
    keys: settings.signatureKeys,
    envelope: 'payload',
    count: true,
  };
}

function isTrue(text: string | undefined): boolean {
  return ['1', 'true', 'yes'].includes(text?.trim().toLowerCase() ?? '');
}
