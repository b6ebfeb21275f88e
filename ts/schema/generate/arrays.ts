import type { ArrayRules, SchemaNode } from '../ir.js';
import { children, type Scope } from './writer.js';

/** Checks an array. @returns what stands for the result */
export function writeArray(scope: Scope, node: SchemaNode, rules: ArrayRules, variable: string): string {
  if (node.types?.length === 1 && node.types[0] === 'array') return writeRules(scope, rules, variable);
  scope.block(`if (Array.isArray(${variable}))`, () => writeRules(scope, rules, variable));
  return variable;
}

function writeRules(scope: Scope, rules: ArrayRules, variable: string): string {
  const { prefix = [], items, minItems, maxItems, unique, contains } = rules;
  if (minItems !== undefined && minItems > 0) {
    scope.failIf(`${variable}.length < ${minItems}`, ['minItems', `must have at least ${minItems} items`]);
  }
  if (maxItems !== undefined) {
    scope.failIf(`${variable}.length > ${maxItems}`, ['maxItems', `must have at most ${maxItems} items`]);
  }
  if (items === false) {
    const why = ['additionalItems', `must have at most ${prefix.length} items`] as const;
    scope.failIf(`${variable}.length > ${prefix.length}`, why);
  }
  if (unique) {
    const why = ['uniqueItems', 'must not have equal items'] as const;
    scope.failIf(`!${scope.writer.source.helper('distinct')}(${variable})`, why);
  }
  if (contains) writeContains(scope, contains, variable);
  if (scope.mode === 'copy' && scope.writer.isZod) return copyItems(scope, prefix, items, variable);
  prefix.forEach((item, index) => {
    const write = () =>
      scope.inside(String(index), () => void scope.part(item, scope.let(`${variable}[${index}]`)));
    if (scope.writer.isZod) write();
    else scope.block(`if (${variable}.length > ${index})`, write);
  });
  if (typeof items === 'number' && !isOpen(scope, items)) {
    eachItem(scope, variable, prefix.length, (item) => void scope.part(items, item, alone(scope, items)));
  }
  return variable;
}

/**
 * Zod 3 spreads the array before it looks at the items, Zod 4 reads them one by one into an array made as long:
 * holes become `undefined` either way, and no item is read twice.
 */
function copyItems(
  scope: Scope,
  prefix: number[],
  items: number | false | undefined,
  variable: string,
): string {
  const spread = scope.writer.linked.program.dialect === 'zod3';
  const copy = scope.let(spread ? `[...${variable}]` : `new Array(${variable}.length)`);
  const from = spread ? copy : variable;
  const put = (place: string, item: string, result: string) => {
    if (!spread || result !== item) scope.body.line(`${copy}[${place}] = ${result};`);
  };
  prefix.forEach((node, index) => {
    const item = scope.let(`${from}[${index}]`);
    put(String(index), item, scope.part(node, item));
  });
  if (typeof items !== 'number') return copy;
  if (spread && isOpen(scope, items)) return copy;
  eachItem(scope, from, prefix.length, (item, place) =>
    put(place, item, scope.part(items, item, alone(scope, items))),
  );
  return copy;
}

function eachItem(
  scope: Scope,
  list: string,
  start: number,
  write: (item: string, place: string) => void,
): void {
  const place = scope.writer.source.name('i');
  scope.block(`for (let ${place} = ${start}; ${place} < ${list}.length; ${place} += 1)`, () => {
    scope.inside(place, () => write(scope.let(`${list}[${place}]`), place));
  });
}

/** What an array holds is a function of its own, unless it is a scalar: loops stay small. */
function alone(scope: Scope, index: number): boolean {
  return children(scope.writer.node(index)).length > 0;
}

/** Whether every item will do. */
function isOpen(scope: Scope, index: number): boolean {
  return Object.keys(scope.writer.node(index)).every((part) => part === 'at');
}

function writeContains(scope: Scope, contains: NonNullable<ArrayRules['contains']>, variable: string): void {
  const { node, min = 1, max } = contains;
  const count = scope.let('0', 'let');
  eachItem(scope, variable, 0, (item) => {
    scope.body.line(`if (${scope.matches(node, item)}) ${count} += 1;`);
  });
  if (min > 0) scope.failIf(`${count} < ${min}`, ['contains', 'must contain enough items that match']);
  if (max !== undefined)
    scope.failIf(`${count} > ${max}`, ['maxContains', 'contains too many items that match']);
}
