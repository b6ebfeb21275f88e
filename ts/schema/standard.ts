import { INVALID } from './invalid.js';
import type { Engine } from './schema.js';

/** An issue as Standard Schema tells it. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What `validate` gives. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** What the JSON Schema part is asked for. */
export interface StandardTarget {
  /** `draft-2020-12` or `draft-07`. */
  readonly target: string;
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

/** The properties under `~standard`: Standard Schema 1.1 with its JSON Schema part. */
export interface StandardProps<Input, Output> {
  readonly version: 1;
  readonly vendor: string;
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  /** A promise only where the schema has functions that give one. */
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
  readonly jsonSchema: {
    /** What is taken. @throws Error for another target, or where JSON Schema can't say it */
    readonly input: (options: StandardTarget) => Record<string, unknown>;
    /** What is given. @throws Error for another target, or where JSON Schema can't say it */
    readonly output: (options: StandardTarget) => Record<string, unknown>;
  };
}

/** The Standard Schema of an engine. */
export function standardProps<Input, Output>(engine: Engine): StandardProps<Input, Output> {
  return {
    version: 1,
    vendor: '@cortex-os/native',
    validate: (value) => {
      const copied = engine.copy(value);
      if (copied !== INVALID) return { value: copied as Output };
      if (engine.validate) {
        const result = engine.validate(value);
        return result instanceof Promise ? result.then(told<Output>) : told<Output>(result);
      }
      const decided = engine.decide(value);
      return told<Output>(decided.success ? { value: decided.data } : decided.error);
    },
    jsonSchema: {
      input: ({ target }) => engine.toJsonSchema(target, 'input'),
      output: ({ target }) => engine.toJsonSchema(target, 'output'),
    },
  };
}

function told<Output>(
  result: { value: unknown; issues?: undefined } | { issues: readonly IssueLike[] },
): StandardResult<Output> {
  if (result.issues) return { issues: result.issues.map(toStandard) };
  return { value: result.value as Output };
}

interface IssueLike {
  readonly message: string;
  readonly path?: StandardIssue['path'];
}

function toStandard({ message, path }: IssueLike): StandardIssue {
  return { message, ...(path && { path }) };
}
