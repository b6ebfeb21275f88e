import { HELPERS, type HelperName } from './helpers.js';

export { Body, keyOf, literal, property, regex } from '../../code.js';

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
