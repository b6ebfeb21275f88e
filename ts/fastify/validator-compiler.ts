import type { AjvError, JsonSchema, SchemaOptions } from '../schema/index.js';
import { Schema } from '../schema/index.js';

/** Options of {@link validatorCompiler}: those of `Schema.compile`, but for the form of errors, which is Fastify's. */
export type ValidatorCompilerOptions = Omit<SchemaOptions, 'errors'>;

/** What Fastify asks for a validator with, as far as it matters here. */
export interface RouteSchema {
  /** A JSON Schema or a schema of zod. */
  schema: unknown;
  /** What is checked: `body`, `headers`, `params` or `querystring`. */
  httpPart?: string | undefined;
}

/** What Fastify takes from a validator: the value that replaces what came, or errors as ajv tells them. */
export type Validated = { value: unknown } | { error: AjvError[] };

/**
 * A validator compiler for Fastify 5: JSON Schemas and schemas of zod check bodies, query strings, parameters and
 * headers in generated code. What zod strips and sets by default is what the handler gets.
 *
 * A request that does not match is answered as Fastify does by default: status 400, `FST_ERR_VALIDATION`, a message
 * made from the errors, which stand in `error.validation` in the form of ajv.
 *
 * Texts stay texts: nothing is coerced, so numbers in a query string want `z.coerce.number()` or a pattern.
 * Schemas of `addSchema` are not looked up; documents that `$ref` names go into `remotes`.
 *
 * @throws SchemaError `ERR_SCHEMA_COMPILE` when a route with a bad schema is added
 *
 * @example
 * app.setValidatorCompiler(validatorCompiler());
 * app.post('/tasks', { schema: { body: z.object({ title: z.string().min(1) }) } }, (request) => request.body.title);
 */
export function validatorCompiler(
  options: ValidatorCompilerOptions = {},
): (route: RouteSchema) => (data: unknown) => Validated {
  return ({ schema, httpPart }) => {
    const source = httpPart === 'headers' ? withLowerCaseNames(schema) : schema;
    const compiled = Schema.compile(source as JsonSchema, { ...options, errors: 'ajv' });
    return (data) => {
      const result = compiled.safeParse(data);
      return result.success ? { value: result.data } : { error: [...result.error.issues] as AjvError[] };
    };
  };
}

/** Node has the names of headers in lower case. Fastify changes a JSON Schema to that only for its own compiler. */
function withLowerCaseNames(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null || Object.getPrototypeOf(schema) !== Object.prototype)
    return schema;
  const { properties, required } = schema as { properties?: object; required?: string[] };
  const lower = (name: string) => name.toLowerCase();
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [lower(name), value])),
    }),
    ...(required && { required: required.map(lower) }),
  };
}
