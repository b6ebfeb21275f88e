import { z } from 'zod';

/**
 * The configuration in `config.yaml`. Times are milliseconds; every number is positive
 * but need not be whole. Names are snake_case because the file on disk has them so.
 */
export const ConfigSchema = z.object({
  events: z.object({
    transport: z.enum(['socket', 'sse']),
    heartbeat_ms: z.number().positive(),
    idle_timeout_ms: z.number().positive(),
    max_task_events: z.number().positive(),
    max_global_events: z.number().positive(),
  }),
  determinism: z.object({
    max_normalize_bytes: z.number().positive(),
    max_concurrency: z.number().positive(),
    normalize: z.object({
      newline: z.enum(['LF', 'CRLF']),
      trim_trailing_ws: z.boolean(),
      strip_dates: z.boolean(),
    }),
  }),
  cache_ttl_ms: z.number().positive(),
});

export type Config = z.infer<typeof ConfigSchema>;

/** Names pinned to semantic versions, as in `version-pins.yaml`. */
export const VersionPinsSchema = z.record(
  z.string(),
  z.string().regex(/^(\d+)\.(\d+)\.(\d+)(-[a-zA-Z0-9.-]+)?(\+[a-zA-Z0-9.-]+)?$/),
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
