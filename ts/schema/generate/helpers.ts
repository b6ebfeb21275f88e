/**
 * What generated code calls. Each function stands alone: built validators carry its source text, so it must use
 * nothing but its arguments and what every JavaScript has.
 */
import type { Json } from '../ir.js';

/** A string's length in code points; a lone surrogate is one. */
export function codePoints(text: string): number {
  let pairs = 0;
  for (let index = 0; index < text.length - 1; index += 1) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      pairs += 1;
      index += 1;
    }
  }
  return text.length - pairs;
}

/** Whether Zod 3 sees something else than an object: a promise, a map, a set or a date. */
export function special(value: object): boolean {
  const like = value as { then?: unknown; catch?: unknown };
  if (typeof like.then === 'function' && typeof like.catch === 'function') return true;
  return value instanceof Map || value instanceof Set || value instanceof Date;
}

/** Whether Zod 4.6 takes an object for a record. */
export function plain(value: object): boolean {
  const made: unknown = value.constructor;
  if (made === undefined || made === Object || typeof made !== 'function') return true;
  const prototype: unknown = made.prototype;
  if (typeof prototype !== 'object' || prototype === null || Array.isArray(prototype)) return false;
  return Object.hasOwn(prototype, 'isPrototypeOf');
}

/** Whether Zod 4 as zod 3.25 carries it does: a key `constructor` with a scalar makes an object no record there. */
export function plain40(value: object): boolean {
  const made = value.constructor as unknown;
  if (made === undefined || made === Object) return true;
  const prototype = made === null ? null : (made as { prototype?: unknown }).prototype;
  if (typeof prototype !== 'object' || prototype === null || Array.isArray(prototype)) return false;
  return Object.hasOwn(prototype, 'isPrototypeOf');
}

/** Whether a value has an enumerable symbol as key. */
export function hasSymbols(value: object): boolean {
  const symbols = Object.getOwnPropertySymbols(value);
  return symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
}

/** Whether Zod 3 (and Zod 4 in zod 3.25) sees a multiple: both scaled to whole numbers by their written decimals. */
export function scaledMultiple(value: number, factor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(factor)) return value % factor === 0;
  const decimals = (written: number) => (String(written).split('.')[1] ?? '').length;
  const places = Math.max(decimals(value), decimals(factor));
  const scaled = (number: number) => Number.parseInt(number.toFixed(places).replace('.', ''), 10);
  return (scaled(value) % scaled(factor)) / 10 ** places === 0;
}

/** Whether Zod 4.6 sees a multiple: the quotient is whole but for rounding. */
export function nearMultiple(value: number, factor: number): boolean {
  const quotient = value / factor;
  const distance = Math.abs(quotient - Math.round(quotient));
  return distance === 0 || distance < 4 * Number.EPSILON * Math.max(Math.abs(quotient), 1);
}

/** Whether a number is a multiple as written in decimals, exactly. */
export function exactMultiple(value: number, factor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(factor)) return value % factor === 0;
  const parts = (number: number): [bigint, number] => {
    const [digits = '0', exponent = '0'] = number.toExponential().split('e');
    const [whole = '0', fraction = ''] = digits.split('.');
    return [BigInt(whole + fraction), Number(exponent) - fraction.length];
  };
  const [left, leftExponent] = parts(value);
  const [right, rightExponent] = parts(factor);
  if (right === 0n) return false;
  const shift = leftExponent - rightExponent;
  return shift >= 0
    ? (left * 10n ** BigInt(shift)) % right === 0n
    : left % (right * 10n ** BigInt(-shift)) === 0n;
}

/** Whether two values of JSON are equal; the order of keys means nothing. */
export function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    for (let index = 0; index < left.length; index += 1) if (!equal(left[index], right[index])) return false;
    return true;
  }
  if (Array.isArray(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(right, key)) return false;
    if (!equal((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key])) return false;
  }
  return true;
}

/**
 * Whether no two items are equal, in time that grows with their size: equal ones have the same text.
 *
 * Numbers and digits are not looked up as they are: V8 hashes only other texts with a seed, while anybody can find
 * numbers that share a hash.
 */
export function distinct(items: readonly unknown[]): boolean {
  if (items.length < 2) return true;
  /** What has no text equals nothing but itself, NaN inside an item not even that. */
  const known = new Map<unknown, number>();
  let others = 0;
  const textOfOther = (value: unknown): string => {
    let number = Number.isNaN(value) ? undefined : known.get(value);
    if (number === undefined) {
      others += 1;
      number = others;
      known.set(value, number);
    }
    return `${number}?,`;
  };
  const textOf = (value: unknown): string => {
    if (typeof value === 'string') return `"${value.length}:${value}`;
    if (typeof value === 'number' && !Number.isNaN(value)) return `#${value},`;
    if (typeof value === 'boolean' || value === null || value === undefined) return `${value},`;
    if (typeof value === 'bigint') return `${value}n,`;
    if (typeof value !== 'object') return textOfOther(value);
    return Array.isArray(value) ? textOfList(value) : textOfObject(value as Record<string, unknown>);
  };
  const textOfList = (list: readonly unknown[]): string => {
    let text = `[${list.length}:`;
    for (let index = 0; index < list.length; index += 1) text += textOf(list[index]);
    return text;
  };
  const textOfObject = (object: Record<string, unknown>): string => {
    const keys = Object.keys(object);
    let text = `{${keys.length}:`;
    for (const key of keys.length > 1 ? keys.sort() : keys)
      text += `${key.length}:${key}${textOf(object[key])}`;
    return text;
  };
  const parts = new Map<string, number>();
  /** V8 hashes texts of more than 16 thousand units by their length alone: those are told by their parts. */
  const hashable = (text: string): string => {
    if (text.length <= 8192) return text;
    let numbers = '+';
    for (let start = 0; start < text.length; start += 8192) {
      const part = text.slice(start, start + 8192);
      const number = parts.get(part) ?? parts.size;
      parts.set(part, number);
      numbers += `${number},`;
    }
    return hashable(numbers);
  };
  const seen = new Set<string>();
  for (const item of items) {
    const text = Number.isNaN(item) ? 'NaN' : hashable(textOf(item));
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}

/** The helpers by the names that generated code calls them by. */
export const HELPERS = {
  codePoints,
  special,
  plain,
  plain40,
  hasSymbols,
  scaledMultiple,
  nearMultiple,
  exactMultiple,
  equal,
  distinct,
} as const;

export type HelperName = keyof typeof HELPERS;

export type { Json };
