/** Scalars and keys read where they stand in a JSON text that is known to be one. What has escapes is left alone. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether an object or an array begins at an offset. */
export function isContainer(bytes: Buffer, offset: number): boolean {
  const first = bytes[offset];
  return first === 0x7b || first === 0x5b;
}

/** So many bytes of a number are looked at. */
const LONGEST_NUMBER = 32;

/** The string, number, word or `null` at an offset; `undefined` for a string with escapes and for a very long number. */
export function readScalar(bytes: Buffer, offset: number): unknown {
  switch (bytes[offset]) {
    case QUOTE:
      return readKey(bytes, offset + 1);
    case 0x74:
      return true;
    case 0x66:
      return false;
    case 0x6e:
      return null;
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
