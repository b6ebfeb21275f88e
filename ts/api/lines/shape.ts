/**
 * The shape of an event: which keys it has, in which order, and of what kind their values are.
 *
 * Only what JSON.stringify writes without asking anybody has one: plain objects and arrays of this realm, without
 * accessors, without `toJSON`, with keys that need no escape.
 */

/** The shape of a value. `scalar` is any of the kinds before it; `absent` is undefined, whose key is not written. */
export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'null' | 'scalar' | 'absent' }
  | ObjectShape
  | { readonly kind: 'list'; readonly item: Shape };

/** Keys and the shapes of their values, in the order of the object. */
export interface ObjectShape {
  readonly kind: 'object';
  readonly members: readonly (readonly [key: string, shape: Shape])[];
}

/** Nothing that has to be escaped, in JSON or in a program, and no index, which would stand before other keys. */
const KEY = /^[A-Za-z_$][\w$.:@/-]{0,63}$/;

/** Keys that are not only names. */
const SPECIAL: ReadonlySet<string> = new Set(['__proto__', 'toJSON']);

/** Beyond these a function for the shape would be long, and an event like it is rarely followed by another. */
const MAX_DEPTH = 6;
const MAX_MEMBERS = 64;
const MAX_ITEMS = 1024;

/** The shape of `event`; undefined where it has none. */
export function shapeOf(event: unknown): ObjectShape | undefined {
  try {
    const shape = isPlain(event) ? ofObject(event, { members: MAX_MEMBERS, depth: MAX_DEPTH }) : undefined;
    return shape?.members.length === 0 ? undefined : shape;
  } catch {
    return undefined; // a proxy that does not answer
  }
}

/** The shape that events of both have; undefined where no one shape is both. */
export function mergedObjects(one: ObjectShape, other: ObjectShape): ObjectShape | undefined {
  if (one.members.length !== other.members.length) return undefined;
  const members: [string, Shape][] = [];
  for (const [index, [key, shape]] of one.members.entries()) {
    const member = other.members[index];
    const both = member?.[0] === key ? merged(shape, member[1]) : undefined;
    if (both === undefined) return undefined;
    members.push([key, both]);
  }
  return { kind: 'object', members };
}

/** The same for any shape. */
function merged(one: Shape, other: Shape): Shape | undefined {
  if (one.kind === 'object') return other.kind === 'object' ? mergedObjects(one, other) : undefined;
  if (one.kind === 'list') {
    const item = other.kind === 'list' ? merged(one.item, other.item) : undefined;
    return item && { kind: 'list', item };
  }
  if (one.kind === other.kind) return one;
  return isScalar(one) && isScalar(other) ? { kind: 'scalar' } : undefined;
}

function isScalar({ kind }: Shape): boolean {
  return kind !== 'absent' && kind !== 'object' && kind !== 'list';
}

interface Budget {
  members: number;
  readonly depth: number;
}

function ofValue(value: unknown, budget: Budget): Shape | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return { kind: typeof value as 'string' | 'boolean' };
    case 'number':
      return Number.isFinite(value) ? { kind: 'number' } : undefined;
    case 'undefined':
      return { kind: 'absent' };
    case 'object':
      if (value === null) return { kind: 'null' };
      if (Array.isArray(value)) return ofList(value, budget);
      return isPlain(value) ? ofObject(value, budget) : undefined;
    default:
      return undefined;
  }
}

function ofObject(object: object, budget: Budget): ObjectShape | undefined {
  if (budget.depth === 0) return undefined;
  const members: [string, Shape][] = [];
  const inside = { members: budget.members, depth: budget.depth - 1 };
  for (const [key, { enumerable, get, set, value }] of Object.entries(
    Object.getOwnPropertyDescriptors(object),
  )) {
    if (!enumerable) continue;
    inside.members -= 1;
    if (inside.members < 0 || get || set || !KEY.test(key) || SPECIAL.has(key)) return undefined;
    const shape = ofValue(value, inside);
    if (shape === undefined) return undefined;
    members.push([key, shape]);
  }
  budget.members = inside.members;
  return { kind: 'object', members };
}

function ofList(list: readonly unknown[], budget: Budget): Shape | undefined {
  if (Object.getPrototypeOf(list) !== Array.prototype || list.length > MAX_ITEMS || budget.depth === 0)
    return undefined;
  let item: Shape | undefined;
  let left = budget.members;
  for (const value of list) {
    // All items are written by the same code.
    const inside = { members: budget.members, depth: budget.depth - 1 };
    const shape = ofValue(value, inside);
    item = item === undefined || shape === undefined ? shape : merged(item, shape);
    if (item === undefined || item.kind === 'absent') return undefined;
    left = Math.min(left, inside.members);
  }
  budget.members = left;
  return { kind: 'list', item: item ?? { kind: 'scalar' } };
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
