/**
 * Loads a connectors manifest.
 *
 * Matches `connectors/manifest.ts` of `@cortex-os/asbr`, 2025-10-13.
 *
 * Differences from the original:
 * - The working directory is the one at the time of the call.
 * - Quotas in snake case, which the JSON Schema always took, are renamed; tool names without a dot get their
 *   connector's id in front. Both are logged once.
 * - A file is read strictly: duplicate keys are refused.
 */
import { readFile } from 'node:fs/promises';
import { canonicalizeJson } from '../../api/index.js';
import { logWarn } from '../lib/logger.js';
import { type ConnectorsManifest, ConnectorsManifestSchema } from '../types/index.js';
import { manifestCandidates } from './manifest-candidates.js';
import { assertManifestDocument } from './manifest-document.js';
import { ConnectorsManifestError, type ManifestLoadAttempt } from './manifest-error.js';

/**
 * Reads the first manifest that can be used.
 *
 * @param manifestPath default: `$CONNECTORS_MANIFEST_PATH`, else `config/connectors.manifest.json`
 * @throws ConnectorsManifestError with every attempt
 */
export async function loadConnectorsManifest(manifestPath?: string): Promise<ConnectorsManifest> {
  const attempts: ManifestLoadAttempt[] = [];
  for (const path of manifestCandidates(manifestPath)) {
    try {
      return parse(await readFile(path));
    } catch (error) {
      attempts.push({ path, error });
    }
  }
  throw new ConnectorsManifestError('Unable to load connectors manifest from configured locations', attempts);
}

function parse(bytes: Buffer): ConnectorsManifest {
  // Refuses what JSON.parse would let pass with one of several meanings.
  canonicalizeJson(bytes);
  const document: unknown = JSON.parse(bytes.toString());
  assertManifestDocument(document);
  return ConnectorsManifestSchema.parse(normalized(document as LooseManifest));
}

interface LooseManifest {
  connectors: {
    id: string;
    quotas?: Record<string, number>;
    remoteTools?: { name: string }[];
  }[];
}

const QUOTA_NAMES: Readonly<Record<string, string>> = {
  per_minute: 'perMinute',
  per_hour: 'perHour',
  per_day: 'perDay',
};

const logged = new Set<string>();

function normalized(manifest: LooseManifest): unknown {
  const connectors = manifest.connectors.map((connector) => ({
    ...connector,
    ...(connector.quotas && { quotas: renamed(connector.id, connector.quotas) }),
    ...(connector.remoteTools && { remoteTools: qualified(connector.id, connector.remoteTools) }),
  }));
  return { ...manifest, connectors };
}

function renamed(id: string, quotas: Record<string, number>): Record<string, number> {
  const older = Object.keys(quotas).filter((name) => QUOTA_NAMES[name]);
  if (older.length > 0) warn(`Connector ${id} names its quotas ${older.join(', ')}; use camel case`);
  const before = older.map((name) => [QUOTA_NAMES[name], quotas[name]]);
  const now = Object.entries(quotas).filter(([name]) => !QUOTA_NAMES[name]);
  return Object.fromEntries([...before, ...now]) as Record<string, number>;
}

function qualified(id: string, tools: { name: string }[]): { name: string }[] {
  return tools.map((tool) => {
    if (tool.name.includes('.')) return tool;
    warn(`Tool name "${tool.name}" of connector ${id} has no dot; it is read as "${id}.${tool.name}"`);
    return { ...tool, name: `${id}.${tool.name}` };
  });
}

function warn(message: string): void {
  if (logged.has(message)) return;
  logged.add(message);
  logWarn(message, { brand: 'brAInwav', component: 'connectors' });
}
