/**
 * `@cortex-os/native`: one log, many cursors.
 *
 * The primitives for any Node server. Drop-ins for the packages of Cortex-OS have entries of their own.
 */
export * from './api/index.js';
export {
  CortexError,
  type ErrorCode,
  type ErrorFields,
  HubError,
  type HubErrorCode,
  LedgerError,
  type LedgerErrorCode,
  LogError,
  type LogErrorCode,
  type ManifestAttempt,
  ManifestError,
  type ManifestErrorCode,
  type ManifestIssue,
  PolicyError,
  type PolicyErrorCode,
  SchemaError,
  type SchemaErrorCode,
} from './errors.js';
export * from './schema/index.js';
