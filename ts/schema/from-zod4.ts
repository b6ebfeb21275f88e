/** A Zod 4 schema as a program, read from its definition. What needs JavaScript is marked with the reason. */
import type { LinkedProgram, PropertyRule, SchemaNode, Zod4Release } from './ir.js';
import { constantDefault, ofUndefined } from './presence.js';
import { asJson, ProgramBuilder, step } from './program-builder.js';
import { readDefault } from './zod-default.js';
import type { Zod4CheckDefinition, Zod4Definition, Zod4Schema } from './zod-types.js';
import { patternOf } from './zod3-checks.js';
import { numberChecks, stringChecks } from './zod4-checks.js';
import { readRecord } from './zod4-record.js';

/** What a reader needs besides the schema. */
export interface Zod4Reading {
  builder: ProgramBuilder<Zod4Schema>;
  release: Zod4Release;
}

type Reader = (
  reading: Zod4Reading,
  node: SchemaNode,
  definition: Zod4Definition,
  schema: Zod4Schema,
) => void;

/** The program of a schema. Never throws for what is unknown: that stays with Zod. */
export function fromZod4(schema: Zod4Schema): LinkedProgram {
  const release = releaseOf(schema);
  const builder: ProgramBuilder<Zod4Schema> = new ProgramBuilder((inner, node) =>
    read({ builder, release: release ?? '4.0' }, node, inner),
  );
  if (!release) {
    const { major, minor } = schema._zod.version ?? {};
    const root = builder.add({ at: '', js: `the rules of zod ${major}.${minor} are not known here` });
    return builder.link('zod4', root);
  }
  const root = builder.node(schema, '');
  if (release === '4.0') requireLess(builder.nodes);
  return builder.link('zod4', root, release);
}

/** Versions differ in small ways; one whose rules were not read is left alone. */
function releaseOf(schema: Zod4Schema): Zod4Release | undefined {
  const { major, minor = -1 } = schema._zod.version ?? {};
  if (major !== 4) return undefined;
  if (minor === 0) return '4.0';
  return minor === 6 ? '4.6' : undefined;
}

function read(reading: Zod4Reading, node: SchemaNode, schema: Zod4Schema): void {
  const definition = schema._zod.def;
  const name = definition.type;
  const reader = name !== undefined && Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (!reader) node.js = `${name ?? 'an unknown class'} is for JavaScript`;
  else if (definition.coerce) node.js = 'coerces';
  else {
    reader(reading, node, definition, schema);
    if (!CHECKED.has(name ?? '') && definition.checks?.length) readChecks(node, definition);
  }
}

/** Types whose readers take the checks themselves. */
const CHECKED = new Set(['string', 'number', 'int']);

/** The checks of what is neither string nor number: lengths of an array; anything else is a function. */
function readChecks(node: SchemaNode, definition: Zod4Definition): void {
  for (const { _zod } of definition.checks ?? []) {
    const bounds = definition.type === 'array' ? lengthBounds(_zod.def) : undefined;
    if (!bounds || !node.array) {
      node.js = `refines (${_zod.def.check ?? 'an unknown check'})`;
      return;
    }
    const { least, most } = bounds;
    if (least !== undefined) node.array.minItems = Math.max(node.array.minItems ?? 0, least);
    if (most !== undefined) node.array.maxItems = Math.min(node.array.maxItems ?? most, most);
  }
}

/** What a check says of a length, if that is what it is about. */
function lengthBounds(check: Zod4CheckDefinition): { least?: number; most?: number } | undefined {
  const { minimum = -1, maximum = -1, length = -1 } = check;
  const isCount = (bound: number) => Number.isSafeInteger(bound) && bound >= 0;
  if (check.check === 'min_length' && isCount(minimum)) return { least: minimum };
  if (check.check === 'max_length' && isCount(maximum)) return { most: maximum };
  return check.check === 'length_equals' && isCount(length) ? { least: length, most: length } : undefined;
}

const type =
  (...types: NonNullable<SchemaNode['types']>): Reader =>
  (_reading, node) => {
    node.types = types;
  };

const READERS: Readonly<Record<string, Reader>> = {
  string: (reading, node, _definition, schema) => {
    node.types = ['string'];
    const checks = stringChecks(reading, schema);
    if (typeof checks === 'string') node.js = checks;
    else if (checks.length > 0) node.string = checks;
  },
  template_literal: (_reading, node, _definition, schema) => {
    node.types = ['string'];
    const pattern = schema._zod.pattern;
    if (!pattern) node.js = 'a template without pattern';
    else node.string = [patternOf(pattern)];
  },
  number: (_reading, node, _definition, schema) => {
    node.types = ['number'];
    const checks = numberChecks(schema);
    if (typeof checks === 'string') node.js = checks;
    else node.number = [{ kind: 'finite' }, ...checks];
  },
  boolean: type('boolean'),
  null: type('null'),
  any: () => {},
  unknown: () => {},
  never: type(),
  literal: constants,
  enum: constants,
  object: readObject,
  array: ({ builder }, node, { element }) => {
    node.types = ['array'];
    if (element) node.array = { items: builder.node(element, `${node.at}/items`) };
  },
  tuple: ({ builder }, node, { items = [], rest }) => {
    node.types = ['array'];
    const prefix = items.map((item, index) => builder.node(item, `${node.at}/prefixItems/${index}`));
    node.array = {
      prefix,
      items: rest ? builder.node(rest, `${node.at}/items`) : false,
      minItems: prefix.length,
    };
    if (
      items.some(({ _zod }) => _zod.optin !== undefined) ||
      prefix.some((item) => ofUndefined(builder.nodes, item) !== 'refused')
    ) {
      node.js = 'a tuple with optional items';
    }
  },
  record: readRecord,
  union: ({ builder }, node, definition, schema) => {
    if (definition.discriminator !== undefined) return readDiscriminated(builder, node, definition);
    if (definition.inclusive === false || schema._zod.traits.has('$ZodXor')) node.js = 'an exclusive union';
    node.anyOf = (definition.options ?? []).map((option, index) =>
      builder.node(option, `${node.at}/anyOf/${index}`),
    );
  },
  lazy: ({ builder }, node, _definition, { _zod }) => {
    if (_zod.innerType) node.ref = builder.node(_zod.innerType, node.at);
  },
  readonly: ({ builder }, node, { innerType }) => {
    if (!innerType) return;
    node.ref = builder.node(innerType, node.at);
    node.frozen = true;
  },
  nullable: (reading, node, { innerType }) => {
    if (innerType) readInner(reading, node, innerType);
    node.nullable = true;
  },
  optional: (reading, node, { innerType }, schema) => {
    if (!innerType) return;
    readInner(reading, node, innerType);
    if (schema._zod.traits.has('$ZodExactOptional')) return;
    // What has a default of its own still gives it.
    const goesOn = reading.release === '4.0' ? 'optional' : 'defaulted';
    if (innerType._zod.optin !== goesOn) node.undef = true;
  },
  default: (reading, node, definition) => {
    if (!definition.innerType) return;
    readInner(reading, node, definition.innerType);
    node.fallback = { external: reading.builder.external(() => definition.defaultValue), checked: false };
    const constant = readDefault(() => definition.defaultValue);
    if (constant !== undefined) node.fallback.constant = constant;
  },
};

/** Shapes are shared, so that one used in many places is one function; the rest is read into the node itself. */
function readInner(reading: Zod4Reading, node: SchemaNode, inner: Zod4Schema): void {
  if (inner._zod.def.type === 'object') node.ref = reading.builder.node(inner, node.at);
  else read(reading, node, inner);
}

function readObject({ builder, release }: Zod4Reading, node: SchemaNode, definition: Zod4Definition): void {
  node.types = ['object'];
  const { shape = {}, catchall } = definition;
  if (Object.hasOwn(shape, '__proto__')) node.js = 'a key "__proto__"';
  if (Object.getOwnPropertySymbols(shape).length > 0) node.js = 'a symbol as key';
  const properties: PropertyRule[] = [];
  node.object = { properties, additional: 'strip' };
  for (const key of Object.keys(shape)) {
    const inner = shape[key];
    if (!inner) continue;
    const property: PropertyRule = { key, node: builder.node(inner, `${node.at}/properties${step(key)}`) };
    property.keep = keepOf(inner, release);
    property.required = inner._zod.optin === undefined;
    const constant = constantDefault(builder.nodes, property.node);
    if (constant !== undefined && !property.required) property.default = constant;
    properties.push(property);
  }
  const kind = catchall?._zod.def.type;
  if (kind === 'never') node.object.additional = 'reject';
  else if (kind === 'unknown' || kind === 'any') node.object.additional = 'keep';
  else if (catchall) {
    node.object.additional = builder.node(catchall, `${node.at}/additionalProperties`);
    if (release === '4.0') node.object.checksProto = true;
  }
}

/** When the result gets a key; see `PropertyRule`. */
function keepOf({ _zod }: Zod4Schema, release: Zod4Release): NonNullable<PropertyRule['keep']> {
  const { optin, optout } = _zod;
  if (release === '4.0') return optin === 'optional' && optout === 'optional' ? 'defined' : 'always';
  if (optin === undefined) return 'needed';
  if (optin === 'optional' && optout === 'optional') return 'present';
  return optin === 'defaulted' && optout !== 'optional' ? 'always' : 'defined';
}

/**
 * Zod 4 of zod 3.25 asks the schema of a key about `undefined` where the key is missing: whatever takes that, as
 * anything in a wrapper does, is not required. Known once all is read: schemas may lead back to themselves.
 */
function requireLess(nodes: readonly SchemaNode[]): void {
  for (const rule of nodes.flatMap(({ object }) => object?.properties ?? [])) {
    if (ofUndefined(nodes, rule.node) !== 'refused') rule.required = false;
  }
}

function readDiscriminated(
  builder: ProgramBuilder<Zod4Schema>,
  node: SchemaNode,
  definition: Zod4Definition,
): void {
  node.types = ['object'];
  const { discriminator: key = '', options = [] } = definition;
  if (definition.unionFallback) node.js = 'a discriminated union that falls back';
  const branches: NonNullable<SchemaNode['discriminator']>['branches'] = [];
  options.forEach((option, index) => {
    const branch = builder.node(option, `${node.at}/oneOf/${index}`);
    for (const tag of option._zod.propValues?.[key] ?? []) {
      const value = asJson(tag);
      if (value === undefined || (typeof value === 'object' && value !== null))
        node.js = 'a discriminator that JSON can not say';
      else if (branches.some((other) => other.value === value)) node.js = 'a discriminator twice';
      else branches.push({ value, node: branch });
    }
  });
  node.discriminator = { key, branches };
}

function constants(
  _reading: Zod4Reading,
  node: SchemaNode,
  _definition: Zod4Definition,
  schema: Zod4Schema,
): void {
  node.enum = [];
  for (const value of schema._zod.values ?? []) {
    const said = asJson(value);
    if (said === undefined) node.js = 'a constant that JSON can not say';
    else node.enum.push(said);
  }
}
