/**
 * Makes functions that join the line of an event of a known shape.
 *
 * Strings go in as they are, between quotes: the raw call that takes the line finds out whether that was right, by
 * counting quotes (src/log/joined.rs). So such a function tells how many it wrote, and looks at no character.
 */
import { Body, literal, property } from '../../code.js';
import type { ObjectShape, Shape } from './shape.js';

/** Gives the line and leaves the number of its quotes in `out`; `''` when the event has another shape. */
export type Join = (event: unknown, out: { quotes: number }) => string;

/** The function for a shape. */
export function makeJoin(shape: ObjectShape): Join {
  const code = new Code();
  const line = new Line();
  code.value('event', shape, line);
  const text = `'use strict';
const NONE = {};
return function join(event, out) {
  for (const key in NONE) return '';
  let n = 0;
  let quotes = ${line.quotes};
${code.body.text()}
  out.quotes = quotes;
  return ${line};
};`;
  return new Function('prototypeOf', 'isArray', 'plain', 'list', 'scalar', text)(
    Object.getPrototypeOf,
    Array.isArray,
    Object.prototype,
    Array.prototype,
    scalar,
  ) as Join;
}

/** The text of a value that is no object; `''` where it has none, or not its own. */
function scalar(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value === 'number') return value - value === 0 ? `${value}` : '';
  return value === null || typeof value === 'boolean' ? `${value}` : '';
}

/** An expression that concatenates texts and values, and how many quotes its texts have. */
class Line {
  quotes = 0;
  readonly #parts: string[] = [];
  #text = '';

  text(text: string): this {
    this.#text += text;
    this.quotes += text.split('"').length - 1;
    return this;
  }

  value(name: string): this {
    this.#flush();
    this.#parts.push(name);
    return this;
  }

  toString(): string {
    this.#flush();
    return this.#parts.join(' + ');
  }

  #flush(): void {
    if (this.#text !== '') this.#parts.push(literal(this.#text));
    this.#text = '';
  }
}

/** The statements that take an event apart. */
class Code {
  readonly body = new Body();
  #names = 0;

  /** Checks the value called `name` and adds its text to the line. */
  value(name: string, shape: Shape, line: Line): void {
    switch (shape.kind) {
      case 'string':
        this.#unless(`typeof ${name} === 'string'`);
        line.text('"').value(name).text('"');
        break;
      case 'number':
        // A number that is not finite is null in JSON.
        this.#unless(`typeof ${name} === 'number' && ${name} - ${name} === 0`);
        line.value(name);
        break;
      case 'boolean':
        this.#unless(`typeof ${name} === 'boolean'`);
        line.value(name);
        break;
      case 'null':
        this.#unless(`${name} === null`);
        line.text('null');
        break;
      case 'absent':
        this.#unless(`${name} === undefined`);
        break;
      case 'scalar':
        line.value(this.#scalar(name));
        break;
      case 'object':
        this.#object(name, shape, line);
        break;
      case 'list':
        line.value(this.#list(name, shape.item));
        break;
    }
  }

  #object(name: string, { members }: ObjectShape, line: Line): void {
    this.#unless(`typeof ${name} === 'object' && ${name} !== null`);
    this.#unless(`${name}.toJSON === undefined && prototypeOf(${name}) === plain`);
    // The same keys in the same order. What else a prototype may have was seen to be nothing, by looking at NONE.
    this.body.line('n = 0;');
    this.body.line(`for (const key in ${name}) {`);
    this.body.line('switch (n++) {');
    for (const [index, [key]] of members.entries()) {
      this.body.line(`case ${index}: if (key !== ${literal(key)}) return ''; break;`);
    }
    this.body.line(`default: return '';`);
    this.body.line('}');
    this.body.line('}');
    this.#unless(`n === ${members.length}`);

    line.text('{');
    let separator = '';
    for (const [key, shape] of members) {
      const member = this.#name();
      this.body.line(`const ${member} = ${property(name, key)};`);
      if (shape.kind !== 'absent') {
        line.text(`${separator}"${key}":`);
        separator = ',';
      }
      this.value(member, shape, line);
    }
    line.text('}');
  }

  #list(name: string, shape: Shape): string {
    const [text, index, item] = [this.#name(), this.#name(), this.#name()];
    this.#unless(`isArray(${name}) && ${name}.toJSON === undefined && prototypeOf(${name}) === list`);
    this.body.line(`let ${text} = '[';`);
    this.body.line(`for (let ${index} = 0; ${index} < ${name}.length; ${index}++) {`);
    this.body.line(`const ${item} = ${name}[${index}];`);
    const line = new Line();
    this.value(item, shape, line);
    if (line.quotes > 0) this.body.line(`quotes += ${line.quotes};`);
    this.body.line(`${text} += (${index} > 0 ? ',' : '') + ${line};`);
    this.body.line('}');
    this.body.line(`${text} += ']';`);
    return text;
  }

  #scalar(name: string): string {
    const text = this.#name();
    this.body.line(`const ${text} = scalar(${name});`);
    this.#unless(`${text} !== ''`);
    this.body.line(`if (typeof ${name} === 'string') quotes += 2;`);
    return text;
  }

  #unless(condition: string): void {
    this.body.line(`if (!(${condition})) return '';`);
  }

  #name(): string {
    this.#names += 1;
    return `v${this.#names}`;
  }
}
