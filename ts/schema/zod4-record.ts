import type { Zod4Reading } from './from-zod4.js';
import type { SchemaNode } from './ir.js';
import type { Zod4Definition, Zod4Schema } from './zod-types.js';

/** A record of Zod 4: any keys that are strings, or each of some named keys. Other keys stay with Zod. */
export function readRecord(
  { builder, release }: Zod4Reading,
  node: SchemaNode,
  definition: Zod4Definition,
  _schema: Zod4Schema,
): void {
  node.types = ['object'];
  const { keyType, valueType, mode, partial } = definition;
  if (!keyType || !valueType) return;
  const value = builder.node(valueType, `${node.at}/additionalProperties`);
  node.record = { value };
  if (release === '4.0') node.record.plain = true;
  const key = keyType._zod.def;
  if (mode === 'loose' || partial || key.type !== 'string' || key.coerce) {
    node.js = 'a record whose keys are not strings of one kind';
  } else if (key.checks?.length || key.check) {
    node.record.key = builder.node(keyType, `${node.at}/propertyNames`);
  }
}
