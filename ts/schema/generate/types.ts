import type { SchemaNode, SchemaProgram } from '../ir.js';
import { ofUndefined } from '../presence.js';
import { keyOf, literal } from './source.js';

/** Where types are cut off: recursion has no end, and nobody reads deeper. */
const DEEPEST = 12;

/** The type of the results of a program, as TypeScript writes it; `unknown` where it is not worth saying. */
export function typesOf(program: SchemaProgram): string {
  return new TypeWriter(program).write(program.root, []);
}

class TypeWriter {
  constructor(private readonly program: SchemaProgram) {}

  write(index: number, path: readonly number[]): string {
    const node = this.program.nodes[index];
    if (!node || path.includes(index) || path.length > DEEPEST) return 'unknown';
    const said = this.#said(node, [...path, index]);
    const others = [
      ...(node.nullable ? ['null'] : []),
      ...(node.undef && !node.fallback ? ['undefined'] : []),
    ];
    return said === 'unknown' || others.length === 0 ? said : [said, ...others].join(' | ');
  }

  #said(node: SchemaNode, path: readonly number[]): string {
    if (node.ref !== undefined) return this.write(node.ref, path);
    if (node.enum)
      return alternatives(
        node.enum.map((value) => (typeof value === 'object' && value !== null ? 'unknown' : literal(value))),
      );
    const options = node.anyOf ?? node.oneOf ?? node.discriminator?.branches.map((branch) => branch.node);
    if (options) return alternatives(options.map((option) => this.write(option, path)));
    if (!node.types) return 'unknown';
    return alternatives(node.types.map((type) => this.#typed(type, node, path)));
  }

  #typed(type: string, node: SchemaNode, path: readonly number[]): string {
    if (type === 'array') return this.#array(node, path);
    if (type === 'object') return this.#object(node, path);
    return type === 'integer' ? 'number' : type;
  }

  #array({ array }: SchemaNode, path: readonly number[]): string {
    const items = typeof array?.items === 'number' ? this.write(array.items, path) : 'unknown';
    if (!array?.prefix?.length) return `(${items})[]`;
    // A tuple of JSON Schema may be shorter.
    if ((array.minItems ?? 0) < array.prefix.length) return 'unknown[]';
    const first = array.prefix.map((item) => this.write(item, path)).join(', ');
    return array.items === false ? `[${first}]` : `[${first}, ...(${items})[]]`;
  }

  #object({ object, record }: SchemaNode, path: readonly number[]): string {
    if (record) return `Record<string, ${this.write(record.value, path)}>`;
    if (!object) return 'Record<string, unknown>';
    const required = new Set(object.required);
    const members = (object.properties ?? []).map(({ key, node, required: needed, default: standard }) => {
      const isThere = needed || required.has(key) || standard !== undefined || this.#isReplaced(node);
      return `${keyOf(key)}${isThere ? '' : '?'}: ${this.write(node, path)}`;
    });
    const { additional } = object;
    const open =
      additional === 'keep' || typeof additional === 'number' || (additional === undefined && !this.#isZod());
    if (open) members.push('[key: string]: unknown');
    return members.length === 0 ? '{}' : `{ ${members.join('; ')} }`;
  }

  #isReplaced(node: number): boolean {
    return ofUndefined(this.program.nodes, node) === 'replaced';
  }

  #isZod(): boolean {
    return this.program.dialect.startsWith('zod');
  }
}

function alternatives(types: readonly string[]): string {
  const known = [...new Set(types)];
  if (known.includes('unknown')) return 'unknown';
  return known.length === 0 ? 'never' : known.join(' | ');
}
