/** Code that is made while the program runs: whether it may be, and how it is written. */

/** Whether this process makes functions from text; `--disallow-code-generation-from-strings` says no. */
export function mayGenerate(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
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
