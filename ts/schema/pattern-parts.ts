/** A pattern of ECMAScript with the flag `u`, as far as its cost depends on it. `width`: so many units it takes at least. */
export type PatternPart = { width: number } & (
  | { kind: 'one' }
  | { kind: 'start' }
  | { kind: 'all'; parts: PatternPart[] }
  | { kind: 'either'; options: PatternPart[] }
  | { kind: 'again'; part: PatternPart; least: number; most: number }
);

/** Deeper patterns are not read. */
const DEEPEST = 50;

/** @returns `undefined` for one that looks around or back, or that is not understood */
export function readPattern(source: string): PatternPart | undefined {
  const reader = new PatternReader(source);
  const pattern = reader.options(0);
  return reader.isDone ? pattern : undefined;
}

class PatternReader {
  #rest: string;

  constructor(source: string) {
    this.#rest = source;
  }

  get isDone(): boolean {
    return this.#rest === '';
  }

  options(depth: number): PatternPart | undefined {
    const options: PatternPart[] = [];
    do {
      const option = this.#sequence(depth);
      if (!option) return undefined;
      options.push(option);
    } while (this.#take(/^\|/));
    const [only] = options;
    if (options.length === 1) return only;
    return { kind: 'either', options, width: Math.min(...options.map((option) => option.width)) };
  }

  #sequence(depth: number): PatternPart | undefined {
    const parts: PatternPart[] = [];
    while (this.#rest !== '' && !/^[|)]/.test(this.#rest)) {
      const part = this.#part(depth);
      const counted = part && this.#counted(part);
      if (!counted) return undefined;
      parts.push(counted);
    }
    return { kind: 'all', parts, width: parts.reduce((sum, part) => sum + part.width, 0) };
  }

  #part(depth: number): PatternPart | undefined {
    if (this.#take(/^\^/)) return { kind: 'start', width: 0 };
    if (this.#take(/^(?:\$|\\[bB])/)) return { kind: 'one', width: 0 };
    if (this.#take(/^\((?:\?:|\?<[A-Za-z_]\w*>|(?!\?))/)) {
      const inner = depth < DEEPEST ? this.options(depth + 1) : undefined;
      return this.#take(/^\)/) ? inner : undefined;
    }
    return this.#take(ONE) ? { kind: 'one', width: 1 } : undefined;
  }

  /** The part as often as is said behind it. */
  #counted(part: PatternPart): PatternPart | undefined {
    const said = this.#take(/^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/);
    if (!said) return part;
    const [text, least = '', comma, most = ''] = said;
    const [from, to] = BOUNDS[text.charAt(0)] ?? [
      Number(least),
      comma === '' ? Number(least) : most === '' ? Infinity : Number(most),
    ];
    return { kind: 'again', part, least: from, most: to, width: from * part.width };
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const taken = pattern.exec(this.#rest) ?? undefined;
    if (taken) this.#rest = this.#rest.slice(taken[0].length);
    return taken;
  }
}

const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  '*': [0, Infinity],
  '+': [1, Infinity],
  '?': [0, 1],
};

/** A character, an escape of one or of a class, a class. */
const ONE =
  /^(?:[^\\()[\]{}*+?|^$]|\\(?:u\{[\da-fA-F]+\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|0(?!\d)|[^\dkuxcpPbB])|\[(?:[^\\\]]|\\.)*\])/su;
