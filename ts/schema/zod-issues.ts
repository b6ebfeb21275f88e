import { setTimeout } from 'node:timers';
import type { FirstIssue } from './bytes.js';
import { CODES } from './codes.js';
import type { LinkedProgram } from './ir.js';
import { readKey, readScalar, typeAt } from './scalar-text.js';
import { type Retell, retellAny, retellerOf, type ZodIssueLike } from './zod-retell.js';
import type { Zod3Schema } from './zod-types.js';

/** What Zod said once, to be said again. */
interface Learned {
  /** Absent: Zod has to see the value. */
  issue?: ZodIssueLike;
  retell: Retell;
  /** The issue tells the value; the message is split where it stands. */
  tells: boolean;
  around: readonly string[];
}

/**
 * For so long, in ms, what was learned stays: messages may be changed by `z.setErrorMap` at any time. A timer forgets it:
 * reading the clock for each issue would cost more than telling it.
 */
const LEARNED_FOR_MS = 1000;

/** Checks of one string or number that are told apart. */
const MOST_CHECKS = 64;

/** Stands for a value in a message; no key or constant of a schema is like it. */
const MARK = '\u0001value\u0001';

/**
 * Makes the issue of Zod 3 for bytes with one issue, without making their value.
 *
 * The words are Zod's own: the part of the schema that refuses is asked once, with a value of the kind that came, and
 * what it says is kept for a second. Everything else (several issues, unions, messages made by functions) is left to
 * Zod, which then sees the whole value.
 */
export class Zod3Issues {
  readonly #linked: LinkedProgram;
  readonly #learned = new Map<number, Learned>();
  #forgets = false;

  constructor(linked: LinkedProgram) {
    this.#linked = linked;
  }

  /** @returns `undefined` where Zod has to see the value */
  tell(first: FirstIssue, bytes: Buffer): ZodIssueLike | undefined {
    if (first.count !== 1 || !isTold(first.code) || first.check >= MOST_CHECKS) return undefined;
    const { program } = this.#linked;
    const path = first.path(bytes, readKey);
    if (!path) return undefined;
    const { offset, check, code } = first;
    if (code !== CODES.required) return this.#told(first.node, code, check, bytes, offset, path);
    const property = program.nodes[first.node]?.object?.properties?.[first.property];
    if (!property) return undefined;
    path.push(property.key);
    return this.#told(property.node, code, 0, bytes, -1, path);
  }

  #told(
    node: number,
    code: number,
    check: number,
    bytes: Buffer,
    offset: number,
    path: (string | number)[],
  ): ZodIssueLike | undefined {
    const type = offset < 0 ? 0 : typeAt(bytes, offset);
    const id = ((node * 256 + code) * MOST_CHECKS + check) * 8 + type;
    let learned = this.#learned.get(id);
    if (!learned) {
      const said = this.#learn(node, code, offset < 0 ? undefined : sample(code, bytes, offset));
      learned = said ?? { retell: retellAny, tells: false, around: [] };
      this.#learned.set(id, learned);
      this.#forgetLater();
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

  #forgetLater(): void {
    if (this.#forgets) return;
    this.#forgets = true;
    const forget = () => {
      this.#learned.clear();
      this.#forgets = false;
    };
    setTimeout(forget, LEARNED_FOR_MS).unref();
  }

  /** Asks the part of the schema. */
  #learn(node: number, code: number, value: unknown): Learned | undefined {
    const schema = this.#linked.sources?.get(node) as Zod3Schema | undefined;
    if (!schema || (value === undefined && code !== CODES.required) || hasOwnWords(schema)) return undefined;
    const result = schema.safeParse(value);
    const [issue, ...others] = result.success ? [] : (result.error.issues as ZodIssueLike[]);
    if (!issue || others.length > 0 || issue.path.length > 0 || !PLAIN.has(issue.code)) return undefined;
    const tells = issue.received === MARK;
    if (!tells && issue.message.includes(MARK)) return undefined;
    return { issue, retell: retellerOf(issue), tells, around: issue.message.split(MARK) };
  }
}

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

/** Rules about one scalar or one missing key. An exact length is not one: what Zod says depends on the side missed. */
function isTold(code: number): boolean {
  if (code === CODES.type || code === CODES.enum || code === CODES.required) return true;
  return code >= CODES.minLength && code <= CODES.finite && code !== CODES.length;
}

/** A value to ask with: of a constant only its kind matters, and that the message may tell it. */
function sample(code: number, bytes: Buffer, offset: number): unknown {
  const value = readScalar(bytes, offset);
  return code === CODES.enum && typeof value === 'string' ? MARK : code === CODES.enum ? undefined : value;
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

/** What a wrapper wraps. */
function inside({ _def }: Zod3Schema): Zod3Schema | undefined {
  return _def.innerType ?? (_def.typeName === 'ZodBranded' ? _def.type : undefined);
}
