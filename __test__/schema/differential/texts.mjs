/** JSON texts: one value written in many ways, and texts that are no JSON. */

const SPACES = ['', '', '', ' ', '\n', '\t', '\r\n', '   '];

/** @returns {string} what JSON.parse turns into the value again */
export function textOf(value, random) {
  const plain = random.oneIn(2);
  return plain ? JSON.stringify(value) : written(value, random);
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
