/** JSON texts: one value written in many ways, and texts that are no JSON. */

import { anyValue } from './values.mjs';

const SPACES = ['', '', '', ' ', '\n', '\t', '\r\n', '   '];

/** @returns {string} what JSON.parse turns into the value again */
export function textOf(value, random) {
  const plain = random.oneIn(2);
  return plain ? JSON.stringify(value) : written(value, random);
}

/**
 * A text in which one object has a key twice, the earlier time with any value: it may break a rule, and the later one not.
 *
 * @returns {string | undefined} nothing if the value has no object with a key
 */
export function doubledText(value, random) {
  const objects = objectsIn(value).filter((object) => Object.keys(object).length > 0);
  if (objects.length === 0) return undefined;
  const object = random.pick(objects);
  const key = random.pick(Object.keys(object));
  // Unlike every text in the value: the name of the earlier member, before it is written as what it stands for.
  const mark = `${JSON.stringify(value).length} earlier`;
  const earlier = random.oneIn(3) ? object[key] : anyValue(random);
  const marked = JSON.stringify(value, (_name, inner) =>
    inner === object ? Object.fromEntries([[mark, earlier], ...Object.entries(object)]) : inner,
  );
  return marked?.replace(JSON.stringify(mark), () => writtenText(key, random));
}

function objectsIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  return [...(Array.isArray(value) ? [] : [value]), ...Object.values(value).flatMap(objectsIn)];
}

function written(value, random) {
  const space = () => random.pick(SPACES);
  if (typeof value === 'string') return writtenText(value, random);
  if (typeof value === 'number') return writtenNumber(value, random);
  if (Array.isArray(value)) {
    return `[${space()}${value.map((item) => written(item, random) + space()).join(`,${space()}`)}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, inner]) => `${writtenText(key, random)}${space()}:${space()}${written(inner, random)}${space()}`,
    );
    return `{${space()}${members.join(`,${space()}`)}}`;
  }
  return JSON.stringify(value);
}

function writtenText(text, random) {
  if (!random.oneIn(4)) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, i) => {
    const hex = text.charCodeAt(i).toString(16).padStart(4, '0');
    return `\\u${random.oneIn(2) ? hex.toUpperCase() : hex}`;
  });
  return `"${units.join('')}"`;
}

function writtenNumber(number, random) {
  const text = JSON.stringify(number);
  if (!random.oneIn(4)) return text;
  const others = [
    number.toExponential(),
    number.toExponential().replace('e', 'E'),
    `${text}.0`,
    `${text}e0`,
    `${text}0e-1`,
  ];
  const same = others.filter((other) => {
    try {
      return Object.is(JSON.parse(other), number);
    } catch {
      return false;
    }
  });
  return same.length > 0 ? random.pick(same) : text;
}

/** Bytes that may be no JSON any more: cut, with bytes changed, doubled or put in. */
export function brokenBytes(bytes, random) {
  const at = random.below(bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  const extra = Buffer.from(
    random.pick(['}', ',', '"', '\\', '\u0000', '1', ' ', '[', '\ufeff', 'null', '\\ud800', '1e999', '-']),
  );
  const odd = Buffer.from([random.below(256)]);
  return random.pick([
    () => head,
    () => Buffer.concat([head, extra, tail]),
    () => Buffer.concat([head, odd, tail]),
    () => Buffer.concat([head, odd, tail.subarray(1)]),
    () => Buffer.concat([bytes, extra]),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  ])();
}
