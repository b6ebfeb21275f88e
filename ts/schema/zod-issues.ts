import type { FirstIssue } from './bytes.js';
import { CODES } from './codes.js';
import type { LinkedProgram } from './ir.js';
import { isContainer, readKey, readScalar } from './scalar-text.js';
import { type Retell, retellAny, retellerOf, type ZodIssueLike } from './zod-retell.js';
import type { Zod3Check, Zod3Definition, Zod3Schema } from './zod-types.js';
import { ZodWords } from './zod-words.js';

type Path = (string | number)[];

/** What a part of a schema said once in Zod's own words, to be said again. */
interface Learned {
  /** Absent: it is asked each time. */
  issue?: ZodIssueLike;
  retell: Retell;
  /** The issue tells the value; the message is split where it stands. */
  tells: boolean;
  around: readonly string[];
}

/** Stands for a value in a message; no key or constant of a schema is like it. */
const MARK = '\u0001value\u0001';

/** The kinds of a JSON value, by how it begins. */
const KINDS = '"tfn{[';

/** Checks of one string that are told apart. */
const MOST_CHECKS = 64;

/** Matches nothing, at once. */
const NOTHING = /(?!)/;

/**
 * Makes the issue of Zod 3 for bytes with one issue, without making their value.
 *
 * The part of the schema that refuses is asked, with the value that it refuses and the path to it: the words are those
 * of Zod, of the schema or of `z.setErrorMap`, as they are at that moment. They may tell the value, the path or the time
 * of day, so they are kept only where they are known to be Zod's own, which depend on nothing but the rule and the kind of
 * the value. Everything else (several issues, unions, values that are no scalars) is left to Zod, which then sees the
 * whole value.
 */
export class Zod3Issues {
  readonly #linked: LinkedProgram;
  readonly #words: ZodWords;
  readonly #learned = new Map<number, Learned>();
  /** Parts with nothing but the check that does not hold. */
  readonly #alone = new Map<number, Zod3Schema | undefined>();

  constructor(zod: Zod3Schema, linked: LinkedProgram) {
    this.#linked = linked;
    this.#words = new ZodWords(zod);
  }

  /** @returns `undefined` where Zod has to see the value */
  tell(first: FirstIssue, bytes: Buffer): object | undefined {
    if (first.count !== 1 || !isTold(first.code) || first.check >= MOST_CHECKS) return undefined;
    const path = first.path(bytes, readKey);
    if (!path) return undefined;
    const { check, code } = first;
    let { node, offset } = first;
    if (code === CODES.required) {
      const property = this.#linked.program.nodes[node]?.object?.properties?.[first.property];
      if (!property) return undefined;
      path.push(property.key);
      [node, offset] = [property.node, -1];
    }
    // Of an exact length Zod says by how much it was missed, and on which side.
    const retold =
      code !== CODES.length && this.#words.areItsOwn
        ? this.#retold(node, code, check, bytes, offset, path)
        : undefined;
    return retold ?? this.#asked(node, code, check, bytes, offset, path);
  }

  #asked(node: number, code: number, check: number, bytes: Buffer, offset: number, path: Path) {
    const value = offset < 0 ? undefined : readScalar(bytes, offset);
    if (offset >= 0 && (value === undefined || isContainer(bytes, offset))) return undefined;
    return this.#ask(node, code, check, value, path);
  }

  #ask(node: number, code: number, check: number, value: unknown, path: Path): object | undefined {
    const schema = isOfString(code) ? this.#checkOf(node, check) : this.#sourceOf(node);
    return schema && ask(schema, value, path);
  }

  #retold(node: number, code: number, check: number, bytes: Buffer, offset: number, path: Path) {
    const kind = offset < 0 ? 7 : KINDS.indexOf(String.fromCharCode(bytes[offset] ?? 0)) + 1;
    const id = ((node * 256 + code) * MOST_CHECKS + check) * 8 + kind;
    let learned = this.#learned.get(id);
    if (!learned) {
      learned = this.#learn(node, code, check, bytes, offset) ?? NOTHING_LEARNED;
      this.#learned.set(id, learned);
    }
    const { issue, retell, tells, around } = learned;
    if (!issue) return undefined;
    if (!tells) return retell(issue, path, issue.message, issue.received);
    const received = readScalar(bytes, offset);
    if (typeof received !== 'string') return undefined;
    // A join costs more, and few messages tell a value twice.
    const message = around.length === 2 ? `${around[0]}${received}${around[1]}` : around.join(received);
    return retell(issue, path, message, received);
  }

  #learn(node: number, code: number, check: number, bytes: Buffer, offset: number): Learned | undefined {
    const source = this.#sourceOf(node);
    const value = offset < 0 ? undefined : sample(code, bytes, offset);
    if (!source || hasOwnWords(source) || (offset >= 0 && value === undefined)) return undefined;
    const issue = this.#ask(node, code, check, value, []) as ZodIssueLike | undefined;
    if (!issue || issue.path.length > 0 || !PLAIN.has(issue.code)) return undefined;
    const tells = issue.received === MARK;
    if (!tells && issue.message.includes(MARK)) return undefined;
    return { issue, retell: retellerOf(issue), tells, around: issue.message.split(MARK) };
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

const NOTHING_LEARNED: Learned = { retell: retellAny, tells: false, around: [] };

/** Codes of issues that say all themselves; those of unions hold others, with paths of their own. */
const PLAIN = new Set([
  'invalid_type',
  'invalid_literal',
  'invalid_enum_value',
  'invalid_string',
  'too_small',
  'too_big',
  'not_multiple_of',
  'not_finite',
]);

/** A value of the kind that came: of a constant only that matters, and that the message may tell it. */
function sample(code: number, bytes: Buffer, offset: number): unknown {
  if (isContainer(bytes, offset)) return bytes[offset] === 0x5b ? [] : {};
  const value = readScalar(bytes, offset);
  return code === CODES.enum ? (typeof value === 'string' ? MARK : undefined) : value;
}

/**
 * Whether messages are made by a function of the user, which may say anything about any value. Wrappers have such a
 * function of Zod's own, `.optional()` for one, and raise no issues.
 */
function hasOwnWords(schema: Zod3Schema): boolean {
  let part = schema;
  for (let next = inside(part); next; next = inside(part)) part = next;
  return 'errorMap' in part._def && Boolean(part._def.errorMap);
}

/** Rules about one scalar or one missing key. */
function isTold(code: number): boolean {
  if (code === CODES.type || code === CODES.enum || code === CODES.required) return true;
  return code >= CODES.minLength && code <= CODES.finite;
}

function isOfString(code: number): boolean {
  return code >= CODES.minLength && code <= CODES.includes;
}
