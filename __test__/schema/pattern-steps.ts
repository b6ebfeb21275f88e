/** Random patterns, and a matcher that backtracks as engines do and counts its steps. */
import type { Random } from './differential/random.mjs';

type Rest = (at: number) => boolean;
/** Tries to match from a place on, then the rest, in every way there is. */
type Match = (run: Run, at: number, rest: Rest) => boolean;

export interface Pattern {
  source: string;
  match: Match;
}

interface Run {
  text: string;
  step(): void;
}

const OVER = new Error('too many steps');

/** Looks for a pattern in a text as an engine does that begins at each place. */
export function stepsOf(
  { match }: Pattern,
  text: string,
  most: number,
): { isOver: boolean; matched: boolean } {
  let steps = 0;
  const step = () => {
    steps += 1;
    if (steps > most) throw OVER;
  };
  try {
    for (let start = 0; start <= text.length; start += 1) {
      if (match({ text, step }, start, () => true)) return { isOver: false, matched: true };
    }
    return { isOver: false, matched: false };
  } catch (error) {
    if (error === OVER) return { isOver: true, matched: false };
    throw error;
  }
}

export function patternOf(random: Random, depth: number): Pattern {
  const kind = depth === 0 ? 'one' : random.weighted({ one: 2, all: 4, either: 2, again: 3, ends: 2 });
  const inner = () => patternOf(random, depth - 1);
  switch (kind) {
    case 'all':
      return all(random.list(1, 3, inner).map(grouped));
    case 'either':
      return either(random.list(2, 3, inner));
    case 'again':
      return again(grouped(inner()), random);
    case 'ends':
      return all([edge('^'), grouped(inner()), ...(random.oneIn(2) ? [edge('$')] : [])]);
    default:
      return one(random.pick(['a', 'b', '[ab]', '.', '\\w', '\\x61', 'c']));
  }
}

function one(source: string): Pattern {
  const letter = new RegExp(`^(?:${source})$`, 'u');
  return {
    source,
    match(run, at, rest) {
      run.step();
      return at < run.text.length && letter.test(run.text.charAt(at)) && rest(at + 1);
    },
  };
}

function edge(source: '^' | '$'): Pattern {
  return {
    source,
    match(run, at, rest) {
      run.step();
      return at === (source === '^' ? 0 : run.text.length) && rest(at);
    },
  };
}

const grouped = ({ source, match }: Pattern): Pattern => ({ source: `(?:${source})`, match });

function all(parts: Pattern[]): Pattern {
  const from =
    (part: number): Match =>
    (run, at, rest) =>
      part === parts.length
        ? rest(at)
        : (parts[part]?.match(run, at, (next) => from(part + 1)(run, next, rest)) ?? false);
  return { source: parts.map(({ source }) => source).join(''), match: from(0) };
}

function either(options: Pattern[]): Pattern {
  return {
    source: options.map(({ source }) => source).join('|'),
    match(run, at, rest) {
      run.step();
      return options.some((option) => option.match(run, at, rest));
    },
  };
}

function again({ source, match }: Pattern, random: Random): Pattern {
  const least = random.below(3);
  const most = least + random.below(4);
  const [sign, from, to] = random.pick([
    ['?', 0, 1],
    ['*', 0, Infinity],
    ['+', 1, Infinity],
    [`{${least},${most}}`, least, most],
    [`{${least}}`, least, least],
    [`{${least},}`, least, Infinity],
  ] as [string, number, number][]);
  const times =
    (done: number): Match =>
    (run, at, rest) => {
      run.step();
      // Beyond those asked for, one that takes nothing is none.
      const once: Rest = (next) => (next > at || done < from) && times(done + 1)(run, next, rest);
      return (done < to && match(run, at, once)) || (done >= from && rest(at));
    };
  return { source: `${source}${sign}${random.oneIn(6) ? '?' : ''}`, match: times(0) };
}
