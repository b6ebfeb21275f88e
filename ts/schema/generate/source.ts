import { HELPERS, type HelperName, NEEDS } from './helpers.js';

/** The text of a module of validators while it is written: constants once, functions, names that don't collide. */
export class Source {
  readonly functions: string[] = [];
  readonly helpers = new Set<HelperName>();
  readonly #constants = new Map<string, string>();
  #names = 0;

  /** A fresh name. */
  name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** The name of a constant; equal expressions are one. */
  constant(expression: string): string {
    const known = this.#constants.get(expression);
    if (known !== undefined) return known;
    const name = this.name('C');
    this.#constants.set(expression, name);
    return name;
  }

  helper(name: HelperName): string {
    const needed = NEEDS[name];
    if (needed) this.helpers.add(needed);
    this.helpers.add(name);
    return name;
  }

  /** Everything, in the order in which it has to stand. */
  text(): string {
    const helpers = (Object.keys(HELPERS) as HelperName[]).filter((name) => this.helpers.has(name));
    const constants = [...this.#constants].map(([expression, name]) => `const ${name} = ${expression};`);
    const texts = helpers.map((name) => String(HELPERS[name]));
    return [...texts, ...constants, ...this.functions].join('\n');
  }
}

/** The body of one function while it is written, indented by its braces. */
export class Body {
  readonly #lines: string[] = [];
  #depth = 1;

  line(text: string): void {
    if (text.startsWith('}')) this.#depth -= 1;
    this.#lines.push('  '.repeat(this.#depth) + text);
    if (text.endsWith('{')) this.#depth += 1;
  }

  text(): string {
    return this.#lines.join('\n');
  }
}

/** A string as a literal of JavaScript that is also safe in a script element. */
export function literal(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
    .replaceAll('</', '<\\/');
}

/** An access to a property. */
export function property(object: string, key: string): string {
  return isName(key) ? `${object}.${key}` : `${object}[${literal(key)}]`;
}

/** A key in an object literal. `__proto__` never gets here: it would set the prototype. */
export function keyOf(key: string): string {
  return isName(key) ? key : literal(key);
}

function isName(key: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(key);
}

/** A regular expression as a constant. */
export function regex(source: string, flags = ''): string {
  return `new RegExp(${literal(source)}${flags === '' ? '' : `, ${literal(flags)}`})`;
}
