import type { z } from 'zod/v3';
import { zod } from '../../callers-zod.js';

/**
 * The configuration in `config.yaml`. Times are milliseconds; every number is positive
 * but need not be whole. Names are snake_case because the file on disk has them so.
 */
export const ConfigSchema = zod.object({
  events: zod.object({
    transport: zod.enum(['socket', 'sse']),
    heartbeat_ms: zod.number().positive(),
    idle_timeout_ms: zod.number().positive(),
    max_task_events: zod.number().positive(),
    max_global_events: zod.number().positive(),
  }),
  determinism: zod.object({
    max_normalize_bytes: zod.number().positive(),
    max_concurrency: zod.number().positive(),
    normalize: zod.object({
      newline: zod.enum(['LF', 'CRLF']),
      trim_trailing_ws: zod.boolean(),
      strip_dates: zod.boolean(),
    }),
  }),
  cache_ttl_ms: zod.number().positive(),
});

export type Config = z.infer<typeof ConfigSchema>;

/** Names pinned to semantic versions, as in `version-pins.yaml`. */
export const VersionPinsSchema = zod.record(
  zod.string(),
  zod.string().regex(/^(\d+)\.(\d+)\.(\d+)(-[a-zA-Z0-9.-]+)?(\+[a-zA-Z0-9.-]+)?$/),
);

export type VersionPins = z.infer<typeof VersionPinsSchema>;

/** The four ASBR directories; absolute as long as the XDG variables are. */
export interface XDGPaths {
  config: string;
  data: string;
  state: string;
  cache: string;
}

/** One entry of `mcp-allowlist.yaml`. */
export interface MCPAllowlistEntry {
  name: string;
  version: string;
  scopes: string[];
  ttl?: number;
}

/** One file of the `policies` directory. */
export interface SecurityPolicy {
  id: string;
  name: string;
  rules: SecurityRule[];
  enabled: boolean;
}

export interface SecurityRule {
  type: 'shell_deny' | 'egress_deny' | 'file_access' | 'api_rate_limit';
  pattern?: string;
  allowlist?: string[];
  limit?: number;
}
