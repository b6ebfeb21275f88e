/**
 * The configuration files of ASBR, all in the XDG configuration directory.
 *
 * Matches `core/config.ts` of `@cortex-os/asbr`, 2025-10-13.
 *
 * Differences from the original:
 * - `loadConfig` returns an object of its own; the original gave out `DEFAULT_CONFIG` itself when
 *   there was no file, so a change to one result changed all later ones.
 * - Files are replaced whole: a reader never sees half a file, a failed save leaves the old one.
 * - Policies come in the order of their file names, not of the directory.
 * - An empty entry of a list or an empty policy file gives the typed error, not a `TypeError` text.
 * - YAML is 1.2: an unquoted date, or a number with underscores, is text.
 *
 * Kept: lists of `config.yaml` are appended to the defaults; unknown keys are dropped.
 */
import type { Config, MCPAllowlistEntry, SecurityPolicy, VersionPins } from '../types/index.js';
import { loadConfig } from './config-file.js';
import { loadMCPAllowlist } from './mcp-allowlist.js';
import { loadSecurityPolicies } from './security-policies.js';
import { loadVersionPins } from './version-pins.js';

export { DEFAULT_CONFIG, loadConfig, saveConfig } from './config-file.js';
export { loadMCPAllowlist, saveMCPAllowlist } from './mcp-allowlist.js';
export { loadSecurityPolicies } from './security-policies.js';
export { loadVersionPins } from './version-pins.js';

/** Everything in the configuration directory. */
export interface FullConfig {
  config: Config;
  mcpAllowlist: MCPAllowlistEntry[];
  versionPins: VersionPins;
  securityPolicies: SecurityPolicy[];
}

/** Loads all four at once; rejects with the first error of any of them. */
export async function getFullConfig(): Promise<FullConfig> {
  const [config, mcpAllowlist, versionPins, securityPolicies] = await Promise.all([
    loadConfig(),
    loadMCPAllowlist(),
    loadVersionPins(),
    loadSecurityPolicies(),
  ]);
  return { config, mcpAllowlist, versionPins, securityPolicies };
}
