import { SchemaError } from '../errors.js';
import type { AjvError, SchemaIssue } from './issues.js';

/** A value or a document that does not match a schema. `code` is `ERR_SCHEMA_MISMATCH`; the fields tell the first issue. */
export class SchemaMismatchError extends SchemaError {
  /** What is wrong, in the form that the schema was compiled for; as ajv tells it with `errors: 'ajv'`. */
  readonly issues: readonly (SchemaIssue | AjvError)[];

  constructor(issues: readonly SchemaIssue[], told: readonly (SchemaIssue | AjvError)[] = issues) {
    const [first] = issues;
    const where = first?.pointer ? `${first.pointer} ` : '';
    super('ERR_SCHEMA_MISMATCH', first ? `${where}${first.message}` : 'does not match', fieldsOf(first));
    this.issues = told;
  }
}

function fieldsOf(issue: SchemaIssue | undefined): Record<string, string | number> {
  if (!issue) return {};
  const { code, issueCode, pointer, byteOffset, line, column } = issue;
  return {
    issue: code,
    issueCode,
    pointer,
    ...(byteOffset !== undefined && { byteOffset }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
  };
}
