import { type MCPAllowlistEntry, ValidationError } from '../types/index.js';
import { getConfigPath } from '../xdg/index.js';
import { loadYaml, saveYaml } from './yaml-file.js';

const filename = 'mcp-allowlist.yaml';

/**
 * Reads `mcp-allowlist.yaml`; a missing file means an empty list. Of an entry, only `name` and
 * `version` are checked.
 *
 * Errors, all `VALIDATION_ERROR`: `MCP allowlist must be an array`,
 * `MCP allowlist entries must have name and version`, `Failed to load MCP allowlist: …`.
 */
export async function loadMCPAllowlist(): Promise<MCPAllowlistEntry[]> {
  return (await loadYaml('MCP allowlist', getConfigPath(filename), checkAllowlist)) ?? [];
}

/** Writes `mcp-allowlist.yaml` unchecked, whole or not at all. Error: `Failed to save MCP allowlist: …`. */
export async function saveMCPAllowlist(allowlist: MCPAllowlistEntry[]): Promise<void> {
  await saveYaml('MCP allowlist', getConfigPath(filename), allowlist);
}

function checkAllowlist(value: unknown): MCPAllowlistEntry[] {
  if (!Array.isArray(value)) throw new ValidationError('MCP allowlist must be an array');
  for (const entry of value as (Partial<MCPAllowlistEntry> | null)[]) {
    if (!entry?.name || !entry.version) {
      throw new ValidationError('MCP allowlist entries must have name and version');
    }
  }
  return value as MCPAllowlistEntry[];
}
