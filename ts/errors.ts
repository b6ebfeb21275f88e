/**
 * The errors of this package. Every one has a stable `code`; docs/errors.md says what each means and what to do.
 *
 * The native core decides what went wrong; `makeError` only gives it a JavaScript class, once per thread, so that
 * `instanceof` holds whether a call threw, a promise rejected or a worker failed.
 */

/** Codes of {@link LogError}. */
export type LogErrorCode =
  | 'ERR_LOG_FULL'
  | 'ERR_LOG_LINE_TOO_LARGE'
  | 'ERR_LOG_TYPES_FULL'
  | 'ERR_LOG_CURSOR_INVALID'
  | 'ERR_LOG_CURSOR_EXPIRED';

/** Codes of {@link LedgerError}. */
export type LedgerErrorCode =
  | 'ERR_LEDGER_LOCKED'
  | 'ERR_LEDGER_OPEN'
  | 'ERR_LEDGER_FAILED'
  | 'ERR_LEDGER_READ'
  | 'ERR_LEDGER_UPKEEP'
  | 'ERR_LEDGER_FORMAT';

/** Codes of {@link HubError}. */
export type HubErrorCode =
  | 'ERR_HUB_CLOSED'
  | 'ERR_HUB_HANDLE_INVALID'
  | 'ERR_HUB_OPTION_INVALID'
  | 'ERR_HUB_EVENT_INVALID';

/** Codes of {@link SchemaError}. */
export type SchemaErrorCode =
  | 'ERR_SCHEMA_COMPILE'
  | 'ERR_SCHEMA_OPTION_INVALID'
  | 'ERR_SCHEMA_HANDLE_INVALID'
  | 'ERR_SCHEMA_MISMATCH';

/** Codes of {@link ManifestError}. */
export type ManifestErrorCode =
  | 'ERR_MANIFEST_UNAVAILABLE'
  | 'ERR_MANIFEST_READ'
  | 'ERR_MANIFEST_JSON'
  | 'ERR_MANIFEST_INVALID'
  | 'ERR_MANIFEST_ROLLBACK'
  | 'ERR_MANIFEST_EXPIRED'
  | 'ERR_MANIFEST_STALE'
  | 'ERR_MANIFEST_RATCHET'
  | 'ERR_MANIFEST_KEYS'
  | 'ERR_MANIFEST_SIGNATURE'
  | 'ERR_MANIFEST_FORM'
  | 'ERR_MANIFEST_CLOSED'
  | 'ERR_MANIFEST_OPTION_INVALID';

/** Codes of {@link PolicyError}. */
export type PolicyErrorCode =
  | 'ERR_POLICY_ACTION_DENIED'
  | 'ERR_POLICY_PATH_DENIED'
  | 'ERR_POLICY_RATE_LIMITED'
  | 'ERR_POLICY_UNAVAILABLE'
  | 'ERR_POLICY_TABLE_FULL'
  | 'ERR_POLICY_GRANT_ID_INVALID'
  | 'ERR_POLICY_GRANT_MISSING'
  | 'ERR_POLICY_GRANT_INVALID'
  | 'ERR_POLICY_GRANT_UNSAFE'
  | 'ERR_POLICY_GRANT_UNREADABLE'
  | 'ERR_POLICY_SCOPE_INVALID'
  | 'ERR_POLICY_OPEN_FAILED'
  | 'ERR_POLICY_TABLE_OPEN'
  | 'ERR_POLICY_TABLE_UNSAFE'
  | 'ERR_POLICY_TABLE_FORMAT'
  | 'ERR_POLICY_TABLE_MISMATCH'
  | 'ERR_POLICY_OPTION_INVALID'
  | 'ERR_POLICY_HANDLE_INVALID'
  | 'ERR_POLICY_UNSUPPORTED';

/** Every code. */
export type ErrorCode =
  | LogErrorCode
  | LedgerErrorCode
  | HubErrorCode
  | SchemaErrorCode
  | ManifestErrorCode
  | PolicyErrorCode
  | 'ERR_INTERNAL';

/** What an error tells besides its message, by name: `path`, `lineBytes`, … as docs/errors.md lists them. */
export type ErrorFields = Readonly<Record<string, string | number>>;

/**
 * Base class of everything this package throws on purpose.
 *
 * @example
 * try { hub.emit(event); } catch (error) {
 *   if (error instanceof CortexError && error.code === 'ERR_LOG_FULL') await hub.drained();
 * }
 */
export class CortexError extends Error {
  /** Stable code, safe to compare. */
  readonly code: ErrorCode;
  /** The values behind the message. */
  readonly fields: ErrorFields;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.fields = fields;
  }
}

/** The in-memory log refused an event or a cursor. */
export class LogError extends CortexError {
  declare readonly code: LogErrorCode;
}

/** The ledger on disk could not be opened, written or read. */
export class LedgerError extends CortexError {
  declare readonly code: LedgerErrorCode;
}

/** A hub was misused, or used after it was closed. */
export class HubError extends CortexError {
  declare readonly code: HubErrorCode;
}

/** A schema that can't be used, or a value that does not match one. */
export class SchemaError extends CortexError {
  declare readonly code: SchemaErrorCode;
}

/** One candidate of a manifest that could not be used. */
export interface ManifestAttempt {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  /** Of `ERR_MANIFEST_INVALID`: what is wrong with it, at most twenty. */
  readonly issues?: readonly ManifestIssue[];
}

/** One thing in a manifest that breaks its schema. */
export interface ManifestIssue {
  /** `connectors.2.endpoint`, or `<root>`. */
  readonly at: string;
  /** The same as a JSON pointer: `/connectors/2/endpoint`, or empty. */
  readonly pointer: string;
  readonly message: string;
  /** Where the value begins, or the name of a property too many: from 0. */
  readonly byteOffset: number;
  /** Its line, from 1. */
  readonly line: number;
  /** Its column, in bytes from 1. */
  readonly column: number;
}

/** A manifest could not be read, trusted, signed or served. */
export class ManifestError extends CortexError {
  declare readonly code: ManifestErrorCode;

  /** Of `ERR_MANIFEST_UNAVAILABLE`: every candidate in order; otherwise empty. */
  get attempts(): readonly ManifestAttempt[] {
    return listed<ManifestAttempt>(this.fields.attempts);
  }

  /** Of `ERR_MANIFEST_INVALID`: what is wrong, at most twenty; otherwise empty. */
  get issues(): readonly ManifestIssue[] {
    return listed<ManifestIssue>(this.fields.issues);
  }
}

/** Fields are texts and numbers; a list travels as JSON. */
function listed<T>(field: string | number | undefined): T[] {
  return typeof field === 'string' ? (JSON.parse(field) as T[]) : [];
}

/** Policy said no, or a grant, a scope or a table cannot be used. */
export class PolicyError extends CortexError {
  declare readonly code: PolicyErrorCode;
}

/** The class for a code, by its domain. Called by the native core for every error it reports. */
export function makeError(
  code: string,
  message: string,
  fields: ErrorFields,
  options?: ErrorOptions,
): CortexError {
  if (code.startsWith('ERR_LOG_')) return new LogError(code as LogErrorCode, message, fields, options);
  if (code.startsWith('ERR_LEDGER_'))
    return new LedgerError(code as LedgerErrorCode, message, fields, options);
  if (code.startsWith('ERR_HUB_')) return new HubError(code as HubErrorCode, message, fields, options);
  if (code.startsWith('ERR_SCHEMA_'))
    return new SchemaError(code as SchemaErrorCode, message, fields, options);
  if (code.startsWith('ERR_MANIFEST_'))
    return new ManifestError(code as ManifestErrorCode, message, fields, options);
  if (code.startsWith('ERR_POLICY_'))
    return new PolicyError(code as PolicyErrorCode, message, fields, options);
  return new CortexError(code as ErrorCode, message, fields, options);
}
