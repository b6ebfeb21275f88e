/** Scalars and keys read where they stand in a JSON text that is known to be one. What has escapes is left alone. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The kind of the value at an offset: 1 string, 2 number, 3 boolean, 4 null, 5 object, 6 array. */
export function typeAt(bytes: Buffer, offset: number): number {
  switch (bytes[offset]) {
    case QUOTE:
      return 1;
    case 0x74:
    case 0x66:
      return 3;
    case 0x6e:
      return 4;
    case 0x7b:
      return 5;
    case 0x5b:
      return 6;
    default:
      return 2;
  }
}

/** So many bytes of a number are looked at. */
const LONGEST_NUMBER = 32;

/** A scalar; of an object or an array, an empty one: where its kind alone is wrong, that says all. */
export function readScalar(bytes: Buffer, offset: number): unknown {
  switch (typeAt(bytes, offset)) {
    case 1:
      return readKey(bytes, offset + 1);
    case 3:
      return bytes[offset] === 0x74;
    case 4:
      return null;
    case 5:
      return {};
    case 6:
      return [];
    default: {
      const [digits = ''] =
        /^[-+.\deE]+/.exec(bytes.toString('latin1', offset, offset + LONGEST_NUMBER)) ?? [];
      return digits.length === 0 || digits.length === LONGEST_NUMBER ? undefined : Number(digits);
    }
  }
}

/** Texts read lately, by their first bytes: the same few keys are read again and again. */
const LATELY: (string | undefined)[] = new Array(256).fill(undefined);

/** Longer ones are not kept. */
const LONGEST_KEPT = 64;

/** The text from behind a quote to the next one; `undefined` if it has escapes or is not ASCII. */
export function readKey(bytes: Buffer, start: number): string | undefined {
  const place = ((bytes[start] ?? 0) * 7 + (bytes[start + 1] ?? 0) * 31 + (bytes[start + 2] ?? 0)) & 255;
  const lately = LATELY[place];
  if (lately !== undefined && standsAt(bytes, start, lately)) return lately;
  // Mostly short: looking at a few bytes here costs less than a call that finds the end.
  for (let end = start; ; end += 1) {
    const byte = bytes[end];
    if (byte === QUOTE) {
      const text = bytes.toString('latin1', start, end);
      if (text.length <= LONGEST_KEPT) LATELY[place] = text;
      return text;
    }
    if (byte === undefined || byte === BACKSLASH || byte >= 0x80) return undefined;
  }
}

/** Whether exactly this text, which has neither quotes nor backslashes, stands before a quote. */
function standsAt(bytes: Buffer, start: number, text: string): boolean {
  if (bytes[start + text.length] !== QUOTE) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
