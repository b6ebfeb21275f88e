import type {
  Dialect,
  Json,
  LinkedProgram,
  SchemaNode,
  SchemaProgram,
  StringCheck,
  Zod4Release,
} from './ir.js';

/**
 * Collects the nodes of a program while a schema is read.
 *
 * A schema met again, be it recursion or reuse, becomes one node that is referred to: recursion ends, and a shape
 * used in twenty places is not written out twenty times.
 */
export class ProgramBuilder<Schema extends object> {
  readonly nodes: SchemaNode[] = [];
  readonly externals: LinkedProgram['externals'] = [];
  readonly #known = new Map<Schema, number>();

  /** @param read fills the node of a schema; the node is known to recursion before it is filled */
  constructor(private readonly read: (schema: Schema, node: SchemaNode, at: string) => void) {}

  /** The node of a schema; the same one for the same schema. */
  node(schema: Schema, at: string): number {
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    const index = this.add({ at });
    this.#known.set(schema, index);
    const node = this.nodes[index];
    if (node) this.read(schema, node, at);
    return index;
  }

  add(node: SchemaNode): number {
    this.nodes.push(node);
    return this.nodes.length - 1;
  }

  external(call: (value: unknown) => unknown): number {
    this.externals.push(call);
    return this.externals.length - 1;
  }

  /** The finished program. */
  link(dialect: Dialect, root: number, release?: Zod4Release): LinkedProgram {
    const program: SchemaProgram = { version: 1, dialect, root, nodes: this.nodes };
    const sources = new Map([...this.#known].map(([schema, index]) => [index, schema]));
    return { program, externals: this.externals, sources, ...(release && { release }) };
  }
}

/** A key or an index as a step of a JSON pointer. */
export function step(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The value if it says the same in JSON: no `undefined`, no `NaN`, nothing that a reader would get back otherwise. */
export function asJson(value: unknown): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined;
  if (typeof value !== 'object') return undefined;
  if (Array.isArray(value)) {
    const items = value.map(asJson);
    return items.includes(undefined) ? undefined : (items as Json[]);
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const entries = Object.entries(value).map(([key, inner]) => [key, asJson(inner)] as const);
  if (entries.some(([key, inner]) => inner === undefined || key === '__proto__')) return undefined;
  return Object.fromEntries(entries) as Json;
}

/** A length that JSON and the core can say: whole and not negative. */
export function lengthCheck(
  kind: 'minLength' | 'maxLength' | 'length',
  value: number,
  unit: 'utf16' | 'codepoint',
): StringCheck | undefined {
  return Number.isSafeInteger(value) && value >= 0 ? { kind, value, unit } : undefined;
}
