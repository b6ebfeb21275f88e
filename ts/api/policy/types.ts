/** The shapes that the policy engine takes and gives. */
import type { PolicyErrorCode } from '../../errors.js';
import type { EventHub } from '../event-hub.js';

/** What a grant's file says. */
export interface GrantRecord {
  readonly tool: string;
  readonly actions: readonly string[];
  readonly args: Readonly<Record<string, unknown>>;
  readonly dataClass: 'public' | 'internal' | 'sensitive';
  readonly rate: { readonly perMinute: number; readonly perHour?: number; readonly perDay?: number };
  /** Directories and files below which path arguments must lie. Empty: paths are not restrained. */
  readonly fsScope: readonly string[];
}

/** A grant as an engine loaded it: frozen, and known to that engine. It never changes; load again to follow its file. */
export interface PolicyGrant extends GrantRecord {
  readonly id: string;
  /** Changes whenever the file's bytes do. */
  readonly revision: string;
}

/** Codes of {@link Decision}. */
export type DecisionCode =
  | 'ALLOWED'
  | Extract<
      PolicyErrorCode,
      | 'ERR_POLICY_ACTION_DENIED'
      | 'ERR_POLICY_PATH_DENIED'
      | 'ERR_POLICY_RATE_LIMITED'
      | 'ERR_POLICY_UNAVAILABLE'
      | 'ERR_POLICY_GRANT_MISSING'
      | 'ERR_POLICY_GRANT_INVALID'
      | 'ERR_POLICY_GRANT_UNSAFE'
      | 'ERR_POLICY_GRANT_UNREADABLE'
      | 'ERR_POLICY_GRANT_ID_INVALID'
    >;

/** What `decide` answers. */
export interface Decision {
  readonly allowed: boolean;
  readonly code: DecisionCode;
  /** For people. */
  readonly reason: string;
  /** Id of the grant. */
  readonly grant: string;
  /** Its revision; empty when there is none. */
  readonly revision: string;
  /** Calls left in the budget with least left; `undefined` when counting was not reached. */
  readonly remaining: number | undefined;
  /** Milliseconds until that budget is whole again. */
  readonly resetMs: number | undefined;
  /** Milliseconds until the same call can succeed. 0 when it was allowed, or when waiting does not help. */
  readonly retryAfterMs: number;
}

/** What `tryEnforce` answers. */
export const Verdict = {
  allowed: 1,
  actionDenied: -1,
  pathDenied: -2,
  rateLimited: -3,
  unavailable: -4,
  noGrant: -5,
} as const;

/** One entry of the audit. */
export interface AuditEntry {
  readonly type: 'policy.decision';
  /** ISO 8601. */
  readonly at: string;
  readonly grant: string;
  readonly revision: string;
  readonly tool: string;
  readonly action: string;
  readonly allowed: boolean;
  readonly code: DecisionCode;
  readonly reason: string;
  /** SHA-256 of the arguments as JSON, in hex; `unhashable` when they are no JSON. The arguments are not kept. */
  readonly argsHash: string;
}

/** Where audit entries go: a hub, a ledger file (opened and closed by the engine), or a function. */
export type AuditTarget = EventHub | { readonly path: string } | ((entry: AuditEntry) => void);

/** How an engine is opened. */
export interface PolicyEngineOptions {
  /** Where `<id>.json` lie. Default: `.cortex/policy/tools` in the working directory. */
  readonly directory?: string;
  /** What relative scopes and paths begin at. Default: the working directory when the engine is opened. */
  readonly base?: string;
  /** Refuse grants that others than their owner (or root) may write. Default: `true`. */
  readonly strictPermissions?: boolean;
  /** A grant is read again when it is older, even if no change was noticed. Default: 5,000. */
  readonly ttlMs?: number;
  /** Watch the directory. Default: `true`. */
  readonly watch?: boolean;
  /** Grants kept. Default: 64. */
  readonly maxGrants?: number;
  /** A file in which the processes of this machine share the counts of all grants. Absent: this process counts alone. */
  readonly shared?: string;
  /** With `shared`: busy pairs of grant and action. Default: 1,024. */
  readonly maxKeys?: number;
  /** With `shared`: largest `perMinute`, `perHour`, `perDay` that a grant may have. Default: 1,000. */
  readonly maxRate?: number;
  /** With `shared`: what a full table means. Default: `closed`. */
  readonly onFull?: 'closed' | 'open';
  /** File of the revision that a bust raises. Default: `.revision` in the directory. `false`: none, as on read-only volumes. */
  readonly revisionPath?: string | false;
  /** Names of arguments that hold paths. Default: {@link DEFAULT_PATH_ARGUMENTS}. */
  readonly pathArguments?: readonly string[];
  /** Told of every denial. */
  readonly audit?: AuditTarget;
  /** Told of every decision. Default: `false`. */
  readonly auditAll?: boolean;
  /** Told of what has no caller: a reload that failed, an audit that failed. Default: a process warning. */
  readonly onError?: (error: unknown, where: string) => void;
  /** Milliseconds, for counting in this process and for the TTL. Default: `Date.now`. */
  readonly now?: () => number;
}

/** A snapshot of an engine. Counts are since it was opened. */
export interface PolicyStats {
  readonly allowed: number;
  readonly denied: Readonly<Record<'action' | 'path' | 'rate' | 'unavailable' | 'grant', number>>;
  /** Grants found in memory, and fresh. */
  readonly hits: number;
  /** Files read. */
  readonly loads: number;
  /** Reads that failed. */
  readonly failures: number;
  /** Grants dropped because there were more than `maxGrants`. */
  readonly evictions: number;
  /** Busts, of this and of other processes. */
  readonly busts: number;
  /** Audit entries that their target refused. */
  readonly auditFailures: number;
  /** Whether the directory is being watched. */
  readonly watching: boolean;
  /** What is in memory; `reason` says why an older version is still in use. */
  readonly grants: readonly {
    readonly id: string;
    readonly revision: string;
    readonly reason: string | undefined;
  }[];
}

/** Names of arguments that hold paths, where nothing else is said. */
export const DEFAULT_PATH_ARGUMENTS: readonly string[] = [
  'path',
  'targetPath',
  'filePath',
  'sourcePath',
  'destPath',
  'oldPath',
  'newPath',
  'dest',
  'destination',
  'paths',
];
