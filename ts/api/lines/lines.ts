/**
 * Lines of events: JSON.stringify's, made faster where many events have one shape.
 *
 * Events of one type mostly have the same keys. Once so many of a type have passed, a function is made for the shape of
 * the one at hand (shape.ts, join.ts), which takes a third of the time of JSON.stringify; what has another shape goes
 * the old way, and so does everything where code must not be made from text. A type whose shapes keep changing, or whose
 * strings keep needing escapes, is left alone for longer and longer.
 */
import { mayGenerate } from '../../code.js';
import { HubError } from '../../errors.js';
import { type Join, makeJoin } from './join.js';
import { mergedObjects, type ObjectShape, shapeOf } from './shape.js';

/** Longer names of types are not remembered. */
const MAX_NAME = 256;
/** Types that are known. When there are more, those that come too late wait for the others to be forgotten. */
const MAX_TYPES = 64;
/** Events of other types after which all types are forgotten. */
const MAX_STRANGERS = 65_536;
/** Shapes of one type. */
const MAX_SHAPES = 4;
/** Events of a type that no function fits before one is made. Doubled each time: making one costs as much as 100 events. */
const FIRST_PATIENCE = 32;
const LAST_PATIENCE = 65_536;
/**
 * Events of a type that no function fits, in which each function must have fitted so many others: to try one for nothing
 * costs a tenth of what it saves.
 */
const PROBATION = 256;
const HITS = 32;
/** Lines that were not sound before it is asked whether joining is worth it: it is not where half of them are not. */
const DOUBTS = 32;

/** A shape that has its function. */
interface Known {
  shape: ObjectShape;
  join: Join;
  hits: number;
}

/** How lines came about. */
export interface LineStats {
  /** Shapes that have a function now. */
  shapes: number;
  /** Lines that were joined by one. */
  joined: number;
  /** Of these, lines that had to be made again by JSON.stringify, because a string needed an escape. */
  unsound: number;
}

/** What is known of a type. */
interface Habits {
  known: Known[];
  misses: number;
  patience: number;
  joined: number;
  doubts: number;
}

/** See the module. */
export class Lines {
  /** Quotes of the line given last, if it was joined, to be counted; 0 for one of JSON.stringify. */
  quotes = 0;
  readonly #types = new Map<string, Habits>();
  readonly #generates = mayGenerate();
  #last: Habits | undefined;
  #strangers = 0;
  #joined = 0;
  #unsound = 0;

  /**
   * The line of an event; `undefined` for what JSON has no text for.
   *
   * @throws ERR_HUB_EVENT_INVALID
   */
  of(event: unknown, type: string): string | undefined {
    const habits = this.#types.get(type);
    if (habits !== undefined) {
      const line = this.#join(event, habits);
      if (line !== '') return line;
    }
    this.quotes = 0;
    const line = stringify(event);
    if (this.#generates && typeof event === 'object') this.#miss(event, type, habits);
    return line;
  }

  stats(): LineStats {
    let shapes = 0;
    for (const { known } of this.#types.values()) shapes += known.length;
    return { shapes, joined: this.#joined, unsound: this.#unsound };
  }

  /** The line given last was not sound. */
  doubt(): void {
    this.#unsound += 1;
    const habits = this.#last;
    if (habits === undefined) return;
    habits.doubts += 1;
    if (habits.doubts < DOUBTS) return;
    if (habits.doubts * 2 > habits.joined) giveUp(habits);
    habits.doubts = 0;
    habits.joined = 0;
  }

  #join(event: unknown, habits: Habits): string {
    for (const known of habits.known) {
      const line = joinWith(known.join, event, this);
      if (line === '') continue;
      known.hits += 1;
      habits.joined += 1;
      this.#joined += 1;
      this.#last = habits;
      return line;
    }
    return '';
  }

  #miss(event: unknown, type: string, habits: Habits | undefined): void {
    if (habits === undefined) {
      this.#meet(type);
      return;
    }
    habits.misses += 1;
    if (habits.misses % PROBATION === 0) prune(habits);
    if (habits.misses < habits.patience) return;
    learn(event, habits);
    habits.misses = 0;
    habits.patience = Math.min(habits.patience * 2, LAST_PATIENCE);
  }

  #meet(type: string): void {
    if (type.length > MAX_NAME) return;
    if (this.#types.size < MAX_TYPES) {
      this.#types.set(type, { known: [], misses: 1, patience: FIRST_PATIENCE, joined: 0, doubts: 0 });
      return;
    }
    this.#strangers += 1;
    if (this.#strangers < MAX_STRANGERS) return;
    this.#strangers = 0;
    this.#types.clear();
  }
}

/** The line of an event; `undefined` for what JSON has no text for. */
export function stringify(event: unknown): string | undefined {
  try {
    return JSON.stringify(event);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the event cannot be logged: ${reason}`;
    throw new HubError('ERR_HUB_EVENT_INVALID', message, { reason }, { cause });
  }
}

/** What throws while it is read throws again for JSON.stringify, which tells of it. */
function joinWith(join: Join, event: unknown, out: { quotes: number }): string {
  try {
    return join(event, out);
  } catch {
    return '';
  }
}

/** Makes a function for the shape of an event that none fits, or one of those that are there fit it as well. */
function learn(event: unknown, habits: Habits): void {
  const { known } = habits;
  const shape = shapeOf(event);
  if (shape === undefined || widen(known, shape)) return;
  if (known.length === MAX_SHAPES) known.sort((a, b) => b.hits - a.hits).pop();
  known.push({ shape, join: makeJoin(shape), hits: 0 });
}

/** Lets go of functions that fit too rarely. */
function prune(habits: Habits): void {
  habits.known = habits.known.filter(({ hits }) => hits >= HITS);
  for (const one of habits.known) one.hits = 0;
}

function widen(known: Known[], shape: ObjectShape): boolean {
  for (const one of known) {
    const both = mergedObjects(one.shape, shape);
    if (both === undefined) continue;
    one.shape = both;
    one.join = makeJoin(both);
    return true;
  }
  return false;
}

function giveUp(habits: Habits): void {
  habits.known.length = 0;
  habits.misses = 0;
  habits.patience = LAST_PATIENCE;
}
