import { deepMerge } from '../lib/deep-merge.js';
import { type Config, ConfigSchema, ValidationError } from '../types/index.js';
import { getConfigPath } from '../xdg/index.js';
import { loadYaml, saveYaml } from './yaml-file.js';

/** What holds where `config.yaml` says nothing. Times are milliseconds. */
export const DEFAULT_CONFIG: Config = {
  events: {
    transport: 'socket',
    heartbeat_ms: 10_000,
    idle_timeout_ms: 60_000,
    max_task_events: 1_000,
    max_global_events: 10_000,
  },
  determinism: {
    max_normalize_bytes: 5_000_000,
    max_concurrency: 4,
    normalize: {
      newline: 'LF',
      trim_trailing_ws: true,
      strip_dates: true,
    },
  },
  cache_ttl_ms: 300_000,
};

/**
 * Reads `config.yaml` and lays it over the defaults. A missing file is written with the
 * defaults first; an empty one, or one that holds no mapping, means the defaults. Reads the
 * disk at every call; each call returns an object of its own.
 *
 * Errors, all `VALIDATION_ERROR`: `Invalid configuration` with `details {errors, path}` (zod 3
 * issues), `Failed to load configuration: …`, `Failed to save configuration: …` (the
 * directory is missing: call `initializeXDG` first).
 *
 * @example
 * ```ts
 * await initializeXDG();
 * const { events } = await loadConfig();
 * ```
 */
export async function loadConfig(): Promise<Config> {
  const path = getConfigPath('config.yaml');
  const config = await loadYaml('configuration', path, (value) => {
    const overrides = typeof value === 'object' && value !== null ? (value as Partial<Config>) : {};
    return checkConfig(deepMerge(DEFAULT_CONFIG, overrides), { path });
  });
  if (config) return config;

  await saveConfig(DEFAULT_CONFIG);
  return structuredClone(DEFAULT_CONFIG);
}

/**
 * Checks a configuration and writes it to `config.yaml`, whole or not at all.
 *
 * Errors, all `VALIDATION_ERROR`: `Invalid configuration` with `details {errors}`,
 * `Failed to save configuration: …` with `details {path, originalError}`.
 */
export async function saveConfig(config: Config): Promise<void> {
  checkConfig(config, {});
  await saveYaml('configuration', getConfigPath('config.yaml'), config);
}

function checkConfig(value: unknown, where: { path?: string }): Config {
  const parsed = ConfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ValidationError('Invalid configuration', { errors: parsed.error.issues, ...where });
}
