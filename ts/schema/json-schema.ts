import { children } from './generate/writer.js';
import type { Json, NumberCheck, PropertyRule, SchemaNode, SchemaProgram, StringCheck } from './ir.js';

type Document = Record<string, unknown>;

const DRAFTS: Readonly<Record<string, string>> = {
  'draft-2020-12': 'https://json-schema.org/draft/2020-12/schema',
  'draft-07': 'http://json-schema.org/draft-07/schema#',
};

/**
 * The JSON Schema of a Zod program.
 *
 * @param io `input`: keys with a default may be missing, other keys may be there; `output`: neither
 * @throws Error for a target other than `draft-2020-12` and `draft-07`, and where only JavaScript can say it
 */
export function toJsonSchema(program: SchemaProgram, target: string, io: 'input' | 'output'): Document {
  const $schema = Object.hasOwn(DRAFTS, target) ? DRAFTS[target] : undefined;
  if ($schema === undefined) throw new Error(`The target ${target} is not known here`);
  const writer = new DocumentWriter(program, target, io);
  const root = writer.write(program.root);
  return { $schema, ...root, ...writer.definitions() };
}

class DocumentWriter {
  readonly #names = new Map<number, string>();
  readonly #defined = new Map<string, Document>();
  readonly #recursive: Set<number>;

  constructor(
    private readonly program: SchemaProgram,
    private readonly target: string,
    private readonly io: 'input' | 'output',
  ) {
    this.#recursive = recursiveNodes(program);
  }

  definitions(): Document {
    if (this.#defined.size === 0) return {};
    return { [this.#keyword()]: Object.fromEntries(this.#defined) };
  }

  #keyword(): string {
    return this.target === 'draft-07' ? 'definitions' : '$defs';
  }

  write(index: number): Document {
    if (!this.#recursive.has(index)) return this.#node(this.program.nodes[index]);
    let name = this.#names.get(index);
    if (name === undefined) {
      name = `schema${this.#names.size}`;
      this.#names.set(index, name);
      this.#defined.set(name, this.#node(this.program.nodes[index]));
    }
    return { $ref: `#/${this.#keyword()}/${name}` };
  }

  #node(node: SchemaNode | undefined): Document {
    if (!node) return {};
    if (node.js !== undefined) throw new Error(`JSON Schema can not say what is at "${node.at}": ${node.js}`);
    const said = this.#said(node);
    return node.nullable ? { anyOf: [said, { type: 'null' }] } : said;
  }

  #said(node: SchemaNode): Document {
    if (node.ref !== undefined) return this.write(node.ref);
    if (node.types?.length === 0) return { not: {} };
    const parts: Document[] = [];
    if (node.types) parts.push({ type: typeOf(node) });
    if (node.enum) parts.push(node.enum.length === 1 ? { const: node.enum[0] } : { enum: node.enum });
    const checks = [...(node.string ?? []).map(stringDocument), ...(node.number ?? []).map(numberDocument)];
    if (node.array) parts.push(this.#array(node.array));
    if (node.object) parts.push(this.#object(node.object));
    if (node.record) parts.push(this.#record(node.record));
    if (node.anyOf) parts.push({ anyOf: node.anyOf.map((option) => this.write(option)) });
    if (node.discriminator) {
      const options = [...new Set(node.discriminator.branches.map((branch) => branch.node))];
      parts.push({ oneOf: options.map((option) => this.write(option)) });
    }
    return merged([...parts, ...checks]);
  }

  #array({ prefix = [], items, minItems, maxItems }: NonNullable<SchemaNode['array']>): Document {
    const [first, rest] =
      this.target === 'draft-07' ? ['items', 'additionalItems'] : ['prefixItems', 'items'];
    const others = items === undefined ? undefined : items === false ? false : this.write(items);
    return {
      ...(prefix.length > 0
        ? {
            [first ?? '']: prefix.map((item) => this.write(item)),
            ...(others !== undefined && { [rest ?? '']: others }),
          }
        : others !== undefined && { items: others }),
      ...(minItems && { minItems }),
      ...(maxItems !== undefined && { maxItems }),
    };
  }

  #object({ properties = [], additional }: NonNullable<SchemaNode['object']>): Document {
    const required = properties.filter((rule) => this.#isRequired(rule)).map((rule) => rule.key);
    const open = additional === 'keep' || (additional === 'strip' && this.io === 'input');
    return {
      properties: Object.fromEntries(properties.map((rule) => [rule.key, this.#property(rule)])),
      ...(required.length > 0 && { required }),
      ...(typeof additional === 'number'
        ? { additionalProperties: this.write(additional) }
        : !open && { additionalProperties: false }),
    };
  }

  #isRequired(rule: PropertyRule): boolean {
    return rule.required === true || (this.io === 'output' && rule.default !== undefined);
  }

  #property(rule: PropertyRule): Document {
    const said = this.write(rule.node);
    return rule.default === undefined ? said : { ...said, default: rule.default };
  }

  #record({ key, value }: NonNullable<SchemaNode['record']>): Document {
    return {
      ...(key !== undefined && { propertyNames: this.write(key) }),
      additionalProperties: this.write(value),
    };
  }
}

/** Nodes that can be reached from themselves. */
function recursiveNodes({ nodes }: SchemaProgram): Set<number> {
  const found = new Set<number>();
  nodes.forEach((_, start) => {
    const seen = new Set<number>();
    const open = [start];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const node = nodes[index];
      for (const child of node ? children(node) : []) {
        if (child === start) found.add(start);
        if (!seen.has(child)) {
          seen.add(child);
          open.push(child);
        }
      }
    }
  });
  return found;
}

function typeOf(node: SchemaNode): Json {
  const [only, ...others] = node.types ?? [];
  if (others.length > 0) return node.types ?? [];
  const whole = only === 'number' && node.number?.some((check) => check.kind === 'int');
  return whole ? 'integer' : (only ?? []);
}

/** Parts side by side; a keyword that comes twice goes into `allOf`. */
function merged(parts: readonly Document[]): Document {
  const whole: Document = {};
  const others: Document[] = [];
  for (const part of parts) {
    if (Object.keys(part).some((key) => Object.hasOwn(whole, key))) others.push(part);
    else Object.assign(whole, part);
  }
  return others.length > 0 ? { ...whole, allOf: others } : whole;
}

function stringDocument(check: StringCheck): Document {
  switch (check.kind) {
    case 'minLength':
    case 'maxLength':
      return { [check.kind]: check.value };
    case 'length':
      return { minLength: check.value, maxLength: check.value };
    case 'pattern':
      return FORMATS[check.format ?? ''] ?? { pattern: check.source };
    case 'format':
      return FORMATS[check.name.split('.')[1] ?? ''] ?? {};
    case 'startsWith':
      return { pattern: `^${escaped(check.value)}` };
    case 'endsWith':
      return { pattern: `${escaped(check.value)}$` };
    default:
      return { pattern: escaped(check.value) };
  }
}

/** Formats that JSON Schema has a name for. */
const FORMATS: Readonly<Record<string, Document>> = {
  uuid: { format: 'uuid' },
  email: { format: 'email' },
  url: { format: 'uri' },
  date: { format: 'date' },
  datetime: { format: 'date-time' },
  time: { format: 'time' },
  duration: { format: 'duration' },
  ipv4: { format: 'ipv4' },
  ipv6: { format: 'ipv6' },
};

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function numberDocument(check: NumberCheck): Document {
  if (check.kind === 'multipleOf') return { multipleOf: check.value };
  if (check.kind !== 'min' && check.kind !== 'max') return {};
  const name = check.kind === 'min' ? 'inimum' : 'aximum';
  return { [check.inclusive ? `m${name}` : `exclusiveM${name}`]: check.value };
}
