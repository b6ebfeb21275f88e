/** A Zod 3 schema as a program, read from its definition. What needs JavaScript is marked with the reason. */
import type { LinkedProgram, PropertyRule, SchemaNode } from './ir.js';
import { constantDefault, ofUndefined } from './presence.js';
import { asJson, ProgramBuilder, step } from './program-builder.js';
import { readDefault } from './zod-default.js';
import type { Zod3Definition, Zod3Schema } from './zod-types.js';
import { numberChecks, stringChecks } from './zod3-checks.js';

type Builder = ProgramBuilder<Zod3Schema>;
type Reader = (builder: Builder, node: SchemaNode, definition: Zod3Definition, schema: Zod3Schema) => void;

/** The program of a schema. Never throws: what is unknown stays with Zod. */
export function fromZod3(schema: Zod3Schema): LinkedProgram {
  const builder: Builder = new ProgramBuilder((inner, node) => read(builder, node, inner));
  const root = builder.node(schema, '');
  for (const { object } of builder.nodes) {
    for (const property of object?.properties ?? []) setPresence(builder, property);
  }
  return builder.link('zod3', root);
}

function read(builder: Builder, node: SchemaNode, schema: Zod3Schema): void {
  const definition = schema._def;
  const name = definition?.typeName;
  const reader = name !== undefined && Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (!reader) node.js = `${name ?? 'an unknown class'} is for JavaScript`;
  else if (definition.coerce) node.js = 'coerces';
  else reader(builder, node, definition, schema);
}

/** A key is kept where Zod 3 keeps it: if there is a value, or if the key was there without one. */
function setPresence(builder: Builder, property: PropertyRule): void {
  const outcome = ofUndefined(builder.nodes, property.node);
  property.required = outcome === 'refused';
  property.keep = outcome === 'kept' ? 'defined' : 'always';
  const constant = outcome === 'replaced' ? constantDefault(builder.nodes, property.node) : undefined;
  if (constant !== undefined) property.default = constant;
}

const type =
  (...types: NonNullable<SchemaNode['types']>): Reader =>
  (_builder, node) => {
    node.types = types;
  };

const READERS: Readonly<Record<string, Reader>> = {
  ZodString: (builder, node, definition, schema) => {
    node.types = ['string'];
    const checks = stringChecks(builder, definition, schema);
    if (typeof checks === 'string') node.js = checks;
    else if (checks.length > 0) node.string = checks;
  },
  ZodNumber: (_builder, node, definition) => {
    node.types = ['number'];
    const checks = numberChecks(definition);
    if (typeof checks === 'string') node.js = checks;
    else if (checks.length > 0) node.number = checks;
  },
  ZodBoolean: type('boolean'),
  ZodNull: type('null'),
  ZodAny: () => {},
  ZodUnknown: () => {},
  ZodNever: type(),
  ZodLiteral: (_builder, node, definition) => constants(node, [definition.value]),
  ZodEnum: (_builder, node, definition) => constants(node, definition.values as unknown[]),
  ZodNativeEnum: (_builder, node, definition) => constants(node, enumValues(definition.values as object)),
  ZodObject: readObject,
  ZodArray: (builder, node, definition) => {
    node.types = ['array'];
    const { minLength, maxLength, exactLength, type: item } = definition;
    if (!item) return;
    node.array = { items: builder.node(item, `${node.at}/items`) };
    const least = Math.max(minLength?.value ?? 0, exactLength?.value ?? 0);
    const most = Math.min(maxLength?.value ?? Infinity, exactLength?.value ?? Infinity);
    if (least > 0) node.array.minItems = Math.ceil(least);
    if (most < 0 || Number.isNaN(least + most)) node.js = 'a length that nothing has';
    else if (most < Infinity) node.array.maxItems = Math.floor(most);
  },
  ZodTuple: (builder, node, { items = [], rest }) => {
    node.types = ['array'];
    const prefix = items.map((item, index) => builder.node(item, `${node.at}/prefixItems/${index}`));
    node.array = {
      prefix,
      items: rest ? builder.node(rest, `${node.at}/items`) : false,
      minItems: prefix.length,
    };
  },
  ZodRecord: (builder, node, { keyType, valueType }) => {
    node.types = ['object'];
    if (!keyType || !valueType) return;
    const value = builder.node(valueType, `${node.at}/additionalProperties`);
    node.record = { value };
    const plain = keyType._def.typeName === 'ZodString' && keyType._def.checks?.length === 0;
    if (!plain || keyType._def.coerce) node.record.key = builder.node(keyType, `${node.at}/propertyNames`);
  },
  ZodUnion: (builder, node, { options = [] }) => {
    node.anyOf = [...options].map((option, index) => builder.node(option, `${node.at}/anyOf/${index}`));
  },
  ZodDiscriminatedUnion: readDiscriminated,
  ZodLazy: (builder, node, { getter }) => {
    if (getter) node.ref = builder.node(getter(), node.at);
  },
  ZodBranded: (builder, node, { type: inner }) => inner && readInner(builder, node, inner),
  ZodReadonly: (builder, node, { innerType }) => {
    if (!innerType) return;
    node.ref = builder.node(innerType, node.at);
    node.frozen = true;
  },
  ZodNullable: (builder, node, { innerType }) => {
    if (innerType) readInner(builder, node, innerType);
    node.nullable = true;
  },
  ZodOptional: (builder, node, { innerType }) => {
    if (innerType) readInner(builder, node, innerType);
    // `undefined` never gets as far as a default inside.
    delete node.fallback;
    node.undef = true;
  },
  ZodDefault: (builder, node, { innerType, defaultValue }) => {
    if (!innerType || !defaultValue) return;
    readInner(builder, node, innerType);
    node.fallback = { external: builder.external(() => defaultValue()), checked: true };
    const constant = readDefault(defaultValue, innerType);
    if (constant === 'refused') node.js = 'a default that its own schema refuses';
    else if (constant !== undefined) node.fallback.constant = constant;
  },
  ZodEffects: (_builder, node, { effect }) => {
    node.js = effect?.type === 'refinement' ? 'refines' : (effect?.type ?? 'an effect');
  },
};

/** Shapes are shared, so that one used in many places is one function; the rest is read into the node itself. */
function readInner(builder: Builder, node: SchemaNode, inner: Zod3Schema): void {
  if (inner._def.typeName === 'ZodObject') node.ref = builder.node(inner, node.at);
  else read(builder, node, inner);
}

function readObject(builder: Builder, node: SchemaNode, definition: Zod3Definition): void {
  node.types = ['object'];
  const shape = definition.shape?.() ?? {};
  if (Object.hasOwn(shape, '__proto__')) node.js = 'a key "__proto__"';
  const properties = Object.keys(shape).flatMap((key): PropertyRule[] => {
    const inner = shape[key];
    return inner ? [{ key, node: builder.node(inner, `${node.at}/properties${step(key)}`) }] : [];
  });
  const { catchall, unknownKeys = 'strip' } = definition;
  const none = !catchall || catchall._def.typeName === 'ZodNever';
  node.object = {
    properties,
    additional: none ? ADDITIONAL[unknownKeys] : builder.node(catchall, `${node.at}/additionalProperties`),
  };
}

const ADDITIONAL = { strip: 'strip', strict: 'reject', passthrough: 'keep' } as const;

function readDiscriminated(builder: Builder, node: SchemaNode, definition: Zod3Definition): void {
  node.types = ['object'];
  const { discriminator: key, optionsMap } = definition;
  if (key === undefined || !optionsMap) return;
  const branches: NonNullable<SchemaNode['discriminator']>['branches'] = [];
  for (const [tag, option] of optionsMap) {
    const value = asJson(tag);
    if (value === undefined) node.js = 'a discriminator that JSON can not say';
    else branches.push({ value, node: builder.node(option, `${node.at}/oneOf/${branches.length}`) });
  }
  node.discriminator = { key, branches };
}

function constants(node: SchemaNode, values: readonly unknown[]): void {
  const said = values.map(asJson);
  if (
    values.some((value, index) => said[index] === undefined || (typeof value === 'object' && value !== null))
  ) {
    node.js = 'a constant that JSON can not say';
  } else node.enum = said.flatMap((value) => (value === undefined ? [] : [value]));
}

/** The values of a TypeScript enum: its numbers also stand as keys of their names, which are no values. */
export function enumValues(entries: object): unknown[] {
  const table = entries as Record<string, unknown>;
  const names = Object.keys(table).filter((name) => typeof table[String(table[name])] !== 'number');
  return names.map((name) => table[name]);
}
