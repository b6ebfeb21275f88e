import { type PatternPart, readPattern } from './pattern-parts.js';

/** So many steps for each unit of a text, and for some units more: what a pattern may take in V8. */
const STEPS_PER_UNIT = 64;
const UNITS_MORE = 8;
/** Longer texts V8 does not have. */
const LONGEST_TEXT = 2 ** 29;

/**
 * Whether V8 matches a pattern in time that grows with the text, and no faster.
 *
 * V8 backtracks: it may try every way in which the parts of a pattern can share a text. An upper bound of the steps that
 * takes is computed for texts of each power of two; as it grows with the text, it holds between them as well, at twice the
 * steps for each unit. What is beyond the bound, or is not understood here, is matched by the core, which takes
 * linear time for all patterns.
 */
export function isHarmless(source: string): boolean {
  const pattern = readPattern(source);
  if (!pattern) return false;
  for (let units = 1; units <= LONGEST_TEXT; units *= 2) {
    const first = costOf(pattern, units, true).steps;
    const others = units * costOf(pattern, units, false).steps;
    if (!(first + others <= STEPS_PER_UNIT * (units + UNITS_MORE))) return false;
  }
  return true;
}

/** What a part may cost: `ways` in which it may match from one place, `steps` to try them all. */
interface Cost {
  ways: number;
  steps: number;
}

/** @param atStart whether the match begins where the text does: `^` holds nowhere else */
function costOf(part: PatternPart, units: number, atStart: boolean): Cost {
  switch (part.kind) {
    case 'one':
      return { ways: 1, steps: 1 };
    case 'start':
      return { ways: atStart ? 1 : 0, steps: 1 };
    case 'either': {
      const options = part.options.map((option) => costOf(option, units, atStart));
      return {
        ways: options.reduce((sum, { ways }) => sum + ways, 0),
        steps: options.reduce((sum, { steps }) => sum + steps, 1),
      };
    }
    case 'all':
      return part.parts.reduce(
        (before, next) => {
          const { ways, steps } = costOf(next, units, atStart);
          return { ways: product(before.ways, ways), steps: before.steps + product(before.ways, steps) };
        },
        { ways: 1, steps: 0 },
      );
    default:
      return repeated(part, costOf(part.part, units, atStart), units);
  }
}

/** A part again and again: what it matches takes room, so that a text bounds how often. */
function repeated(
  { part, least, most }: Extract<PatternPart, { kind: 'again' }>,
  once: Cost,
  units: number,
): Cost {
  const room = part.width === 0 ? Infinity : Math.floor(units / part.width);
  return {
    ways: powers(once.ways, least, Math.min(most, room)),
    steps: 1 + product(once.steps + 1, powers(once.ways, 0, Math.min(most - 1, room))),
  };
}

/** The sum of the powers of a number from one exponent to another. */
function powers(base: number, from: number, to: number): number {
  if (to < from) return 0;
  if (base === 0) return from === 0 ? 1 : 0;
  if (base === 1) return to - from + 1;
  return (base ** (to + 1) - base ** from) / (base - 1);
}

/** Nothing is nothing, however often: not so in the arithmetic of infinity. */
function product(left: number, right: number): number {
  return left === 0 || right === 0 ? 0 : left * right;
}
