/**
 * Builds the service map of a manifest, by the same native code that serves it.
 *
 * Matches `buildConnectorServiceMap` of `@cortex-os/asbr`, 2025-10-13.
 *
 * Differences from the original:
 * - Header values that look like secrets are published as `[redacted]`, and logged by connector and header.
 * - A `generatedAt` with an offset is converted to UTC instead of failing at the end.
 * - The manifest is checked first: the error names the place in it.
 */
import { ManifestError } from '../../errors.js';
import { native } from '../../native.js';
import { logWarn } from '../lib/logger.js';
import type { ConnectorServiceMapPayload, ConnectorsManifest } from '../types/index.js';
import { ConnectorsManifestError } from './manifest-error.js';
import { DEFAULT_FORM } from './map-form.js';

/** How a map is built. */
export interface BuildConnectorServiceMapOptions {
  /** Time of a manifest that has none. Default: the clock's. */
  now?: () => Date;
}

/**
 * The service map without its signature. Connectors come sorted by id.
 *
 * @throws ConnectorsManifestError `Connectors manifest must include at least one connector`; a `ManifestError` with
 *   `issues` for a manifest that breaks its schema
 */
export function buildConnectorServiceMap(
  manifest: ConnectorsManifest,
  options: BuildConnectorServiceMapOptions = {},
): ConnectorServiceMapPayload {
  if (manifest.connectors.length === 0) {
    throw new ConnectorsManifestError('Connectors manifest must include at least one connector', []);
  }
  const now = (options.now?.() ?? new Date()).toISOString();
  const { payload, warnings } = native.manifestBuild(
    Buffer.from(JSON.stringify(manifest)),
    DEFAULT_FORM,
    now,
  );
  for (const { message, connector } of warnings) {
    logWarn(message, { brand: 'brAInwav', component: 'connectors', connector });
  }
  return JSON.parse(payload.toString()) as ConnectorServiceMapPayload;
}

/** Whether an error is about the manifest's content. */
export function isContentError(error: unknown): boolean {
  return error instanceof ManifestError || error instanceof ConnectorsManifestError;
}
