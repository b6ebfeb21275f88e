import type { FirstIssue } from './bytes.js';
import { CODES } from './codes.js';
import type { LinkedProgram } from './ir.js';
import { isContainer, readKey, readScalar } from './scalar-text.js';
import type { Zod3Check, Zod3Definition, Zod3Schema } from './zod-types.js';

type Path = (string | number)[];

/** Checks of one string that are told apart. */
const MOST_CHECKS = 64;

/** Matches nothing, at once. */
const NOTHING = /(?!)/;

/**
 * Makes the issue of Zod 3 for bytes with one issue, without making their value.
 *
 * The part of the schema that refuses is asked, with the value that it refuses and the path to it: the words are those
 * of Zod, of the schema or of `z.setErrorMap`, as they are at that moment. Nothing that was said is kept: a message may
 * tell the value, the path or the time of day. Everything else (several issues, unions, values that are no scalars) is
 * left to Zod, which then sees the whole value.
 */
export class Zod3Issues {
  readonly #linked: LinkedProgram;
  /** Parts with nothing but the check that does not hold. */
  readonly #alone = new Map<number, Zod3Schema | undefined>();

  constructor(linked: LinkedProgram) {
    this.#linked = linked;
  }

  /** @returns `undefined` where Zod has to see the value */
  tell(first: FirstIssue, bytes: Buffer): object | undefined {
    if (first.count !== 1 || !isTold(first.code) || first.check >= MOST_CHECKS) return undefined;
    const path = first.path(bytes, readKey);
    if (!path) return undefined;
    const { offset, check, code, node } = first;
    if (code === CODES.required) return this.#missing(node, first.property, path);
    if (isContainer(bytes, offset)) return undefined;
    const value = readScalar(bytes, offset);
    const schema = isOfString(code) ? this.#checkOf(node, check) : this.#sourceOf(node);
    return schema && value !== undefined ? ask(schema, value, path) : undefined;
  }

  #missing(node: number, place: number, path: Path): object | undefined {
    const property = this.#linked.program.nodes[node]?.object?.properties?.[place];
    const schema = property && this.#sourceOf(property.node);
    return schema && ask(schema, undefined, [...path, property.key]);
  }

  #sourceOf(node: number): Zod3Schema | undefined {
    return this.#linked.sources?.get(node) as Zod3Schema | undefined;
  }

  /** The string that a node was read from with one of its checks; no pattern is run again, it was found not to match. */
  #checkOf(node: number, place: number): Zod3Schema | undefined {
    const id = node * MOST_CHECKS + place;
    if (!this.#alone.has(id)) this.#alone.set(id, withCheck(this.#sourceOf(node), place));
    return this.#alone.get(id);
  }
}

/** The one issue that a part of a schema has with a value. */
function ask(schema: Zod3Schema, data: unknown, path: Path): object | undefined {
  const issues: object[] = [];
  const parent = { common: { issues, async: false }, path, parent: null, data };
  schema._parseSync?.({ data, path, parent });
  return issues.length === 1 ? issues[0] : undefined;
}

function withCheck(source: Zod3Schema | undefined, place: number): Zod3Schema | undefined {
  let part = source;
  for (let next = part && inside(part); next; next = inside(next)) part = next;
  const check = part?._def.checks?.[place];
  if (!part || !check || part._def.typeName !== 'ZodString') return undefined;
  const Class = part.constructor as new (definition: Zod3Definition) => Zod3Schema;
  const failing: Zod3Check = check.kind === 'regex' ? { ...check, regex: NOTHING } : check;
  return new Class({ ...part._def, checks: [failing] });
}

/** What a wrapper wraps. */
function inside({ _def }: Zod3Schema): Zod3Schema | undefined {
  return _def.innerType ?? (_def.typeName === 'ZodBranded' ? _def.type : undefined);
}

/** Rules about one scalar or one missing key. */
function isTold(code: number): boolean {
  if (code === CODES.type || code === CODES.enum || code === CODES.required) return true;
  return code >= CODES.minLength && code <= CODES.finite;
}

function isOfString(code: number): boolean {
  return code >= CODES.minLength && code <= CODES.includes;
}
