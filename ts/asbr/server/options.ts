import type { Application } from 'express';
import type { EventManager } from '../events/index.js';
import type { TaskInput } from '../types/index.js';
import type { RateLimitOptions } from './middleware/rate-limit.js';

/** Decides whether a task may be made; the registry of `@cortex-os/asbr-policy` fits. */
export interface TaskPolicyRegistry {
  evaluate(context: { kind: 'task.create'; input: TaskInput }): {
    allowed: boolean;
    reason?: string | undefined;
  };
}

/** Settings of a server; everything has a default. Zero means zero. */
export interface ASBRServerOptions {
  /** Default 7439; 0 takes any free port, to be read from `server.server.address()`. */
  port?: number | undefined;
  /** Default `127.0.0.1`. Requests that do not come from this machine are refused whatever it is. */
  host?: string | undefined;
  /** `max-age` of responses, in milliseconds, rounded to seconds; default 30000. */
  cacheTtlMs?: number | undefined;
  /** A bucket per client address; default off. */
  rateLimit?: RateLimitOptions | undefined;
  /** Asked before a task is made; default: every task is allowed. */
  policyRegistry?: TaskPolicyRegistry | undefined;
  /** The events to serve; default: the process's manager, which `stop()` then stops. A given one stays the caller's. */
  eventManager?: EventManager | undefined;
  /**
   * Ends every event stream after 50 ms, for test clients that wait for the end of a response. Default: as in the
   * replaced package, when `NODE_ENV` is `test`, or the client calls itself supertest, or under vitest.
   */
  autoCloseStreams?: boolean | undefined;
  /** `Access-Control-Allow-Origin` of event streams; default: none, no other origin may read them. */
  allowOrigin?: string | undefined;
  /** Lets any bearer token pass, and socket.io clients without one. Default: only in a test run. */
  testBypass?: boolean | undefined;
  /** Most tasks kept; the oldest finished ones go first. Default 10000. */
  maxTasks?: number | undefined;
  /** Most profiles kept; the oldest go first. Default 10000. */
  maxProfiles?: number | undefined;
  /** Adds routes of the caller's own, after body parsing and rate limit, before authentication. */
  extend?: ((app: Application) => void) | undefined;
}

/** `ASBRServerOptions` with the defaults in place. */
export interface ServerSettings {
  port: number;
  host: string;
  cacheTtlSeconds: number;
  rateLimit: RateLimitOptions | undefined;
  policyRegistry: TaskPolicyRegistry;
  eventManager: EventManager | undefined;
  autoCloseStreams: boolean | undefined;
  allowOrigin: string | false;
  testBypass: boolean | undefined;
  maxTasks: number;
  maxProfiles: number;
  extend: ((app: Application) => void) | undefined;
}

const ALLOW_ALL: TaskPolicyRegistry = { evaluate: () => ({ allowed: true }) };

export function settingsOf(options: ASBRServerOptions): ServerSettings {
  return {
    port: options.port ?? 7439,
    host: options.host ?? '127.0.0.1',
    cacheTtlSeconds: Math.round((options.cacheTtlMs ?? 30_000) / 1000),
    rateLimit: options.rateLimit?.enabled ? options.rateLimit : undefined,
    policyRegistry: options.policyRegistry ?? ALLOW_ALL,
    eventManager: options.eventManager,
    autoCloseStreams: options.autoCloseStreams,
    allowOrigin: options.allowOrigin ?? false,
    testBypass: options.testBypass,
    maxTasks: options.maxTasks ?? 10_000,
    maxProfiles: options.maxProfiles ?? 10_000,
    extend: options.extend,
  };
}
