/** Where values stand in a JSON text, by their paths: for issues that were found in the value of the text. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/** A place in bytes, as issues tell it. */
export interface Place {
  byteOffset: number;
  line: number;
  column: number;
}

/**
 * The place of the value that a path leads to; of what is not there, that of the innermost value that is.
 *
 * @param text is known to be JSON
 */
export function placeOf(text: Buffer, path: readonly PropertyKey[]): Place {
  const byteOffset = offsetOf(text, path);
  const before = text.subarray(0, byteOffset);
  let line = 1;
  for (let at = before.indexOf(0x0a); at !== -1; at = before.indexOf(0x0a, at + 1)) line += 1;
  return { byteOffset, line, column: byteOffset - before.lastIndexOf(0x0a) };
}

function offsetOf(text: Buffer, path: readonly PropertyKey[]): number {
  let at = blanks(text, 0);
  for (const step of path) {
    const found = text[at] === OPEN_OBJECT ? memberAt(text, at, step) : itemAt(text, at, step);
    if (found === undefined) return at;
    at = found;
  }
  return at;
}

/** Where the value of the last member with a key begins, which is the one that counts. */
function memberAt(text: Buffer, object: number, key: PropertyKey): number | undefined {
  let found: number | undefined;
  for (let at = blanks(text, object + 1); text[at] === QUOTE; ) {
    const end = stringEnd(text, at);
    const value = blanks(text, blanks(text, end) + 1);
    if (JSON.parse(text.toString('utf8', at, end)) === String(key)) found = value;
    at = blanks(text, valueEnd(text, value));
    if (text[at] !== COMMA) break;
    at = blanks(text, at + 1);
  }
  return found;
}

function itemAt(text: Buffer, array: number, index: PropertyKey): number | undefined {
  if (text[array] !== OPEN_ARRAY) return undefined;
  let at = blanks(text, array + 1);
  for (let count = 0; count < Number(index); count += 1) {
    at = blanks(text, valueEnd(text, at));
    if (text[at] !== COMMA) return undefined;
    at = blanks(text, at + 1);
  }
  return at;
}

function blanks(text: Buffer, at: number): number {
  while (isBlank(text[at])) at += 1;
  return at;
}

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Behind the string that begins at `at`. */
function stringEnd(text: Buffer, at: number): number {
  for (at += 1; at < text.length && text[at] !== QUOTE; at += 1) {
    if (text[at] === BACKSLASH) at += 1;
  }
  return at + 1;
}

/** Behind the value that begins at `at`. */
function valueEnd(text: Buffer, at: number): number {
  let depth = 0;
  do {
    const byte = text[at];
    if (byte === QUOTE) at = stringEnd(text, at);
    else {
      if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1;
      else if (byte === 0x5d || byte === 0x7d) depth -= 1;
      at += 1;
      // A number or a word goes on up to what can't be part of it.
      while (depth === 0 && isInWord(byte) && isInWord(text[at])) at += 1;
    }
  } while (depth > 0 && at < text.length);
  return at;
}

/** What neither ends a scalar nor stands around it. */
function isInWord(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte !== COMMA && byte !== 0x5d && byte !== 0x7d;
}
