import type { ObjectRules, SchemaNode } from '../ir.js';
import { literal, property, regex } from './source.js';
import type { Scope } from './writer.js';

/**
 * Checks an object as JSON Schema sees it: own enumerable keys; one whose value is `undefined` is not there, as
 * `JSON.stringify` leaves it out.
 */
export function writeJsonObject(scope: Scope, node: SchemaNode, rules: ObjectRules, variable: string): void {
  const isObject = `typeof ${variable} === 'object' && ${variable} !== null && !Array.isArray(${variable})`;
  if (node.types?.length === 1 && node.types[0] === 'object') writeRules(scope, rules, variable);
  else scope.block(`if (${isObject})`, () => writeRules(scope, rules, variable));
}

function writeRules(scope: Scope, rules: ObjectRules, variable: string): void {
  const { properties = [], required = [], dependentRequired = {}, dependent = {} } = rules;
  const needed = new Set([
    ...required,
    ...properties.filter((rule) => rule.required).map((rule) => rule.key),
  ]);
  for (const key of needed) {
    scope.inside(literal(key), () => scope.failIf(`!${has(variable, key)}`, ['required', 'must be there']));
  }
  for (const { key, node } of properties) {
    const value = scope.let(property(variable, key));
    const guard = inherited(key) ? `${has(variable, key)}` : `${value} !== undefined`;
    scope.inside(literal(key), () => {
      if (needed.has(key)) scope.part(node, value);
      else scope.block(`if (${guard})`, () => void scope.part(node, value));
    });
  }
  for (const [key, others] of Object.entries(dependentRequired)) {
    const missing = others.map((other) => `!${has(variable, other)}`).join(' || ');
    const why = ['dependentRequired', `needs ${others.join(', ')} beside ${key}`] as const;
    if (missing !== '') scope.failIf(`${has(variable, key)} && (${missing})`, why);
  }
  for (const [key, node] of Object.entries(dependent)) {
    scope.failIf(`${has(variable, key)} && !${scope.matches(node, variable)}`);
  }
  writeEachKey(scope, rules, variable);
}

/** What is about every key: patterns, other keys, names, counts. */
function writeEachKey(scope: Scope, rules: ObjectRules, variable: string): void {
  const { properties = [], patterns = [], additional, names, minProperties, maxProperties } = rules;
  const others = additional === 'reject' || typeof additional === 'number';
  const counts = minProperties !== undefined || maxProperties !== undefined;
  if (patterns.length === 0 && !others && names === undefined && !counts) return;
  const count = counts ? scope.let('0', 'let') : undefined;
  const key = scope.writer.source.name('k');
  scope.block(`for (const ${key} of Object.keys(${variable}))`, () => {
    const value = scope.let(`${variable}[${key}]`);
    scope.body.line(`if (${value} === undefined) continue;`);
    if (count) scope.body.line(`${count} += 1;`);
    if (names !== undefined) scope.inside(key, () => scope.part(names, key));
    const matched = patterns.map(({ pattern, node }) => writePattern(scope, pattern, node, key, value));
    if (!others) return;
    const known = [...properties.map((rule) => `${key} === ${literal(rule.key)}`), ...matched];
    const isOther = known.length === 0 ? 'true' : `!(${known.join(' || ')})`;
    scope.inside(key, () => {
      if (additional === 'reject') scope.failIf(isOther, ['additionalProperties', 'must not be there']);
      else scope.block(`if (${isOther})`, () => void scope.part(Number(additional), value));
    });
  });
  if (count && minProperties !== undefined) {
    scope.failIf(`${count} < ${minProperties}`, [
      'minProperties',
      `must have at least ${minProperties} properties`,
    ]);
  }
  if (count && maxProperties !== undefined) {
    scope.failIf(`${count} > ${maxProperties}`, [
      'maxProperties',
      `must have at most ${maxProperties} properties`,
    ]);
  }
}

function writePattern(scope: Scope, pattern: string, node: number, key: string, value: string): string {
  const matched = scope.let(`${scope.writer.source.constant(regex(pattern, 'u'))}.test(${key})`);
  scope.block(`if (${matched})`, () => scope.inside(key, () => void scope.part(node, value)));
  return matched;
}

/** Whether an object has a key that counts. */
function has(variable: string, key: string): string {
  const value = `${property(variable, key)} !== undefined`;
  return inherited(key)
    ? `(Object.prototype.hasOwnProperty.call(${variable}, ${literal(key)}) && ${value})`
    : `(${value})`;
}

/** Whether every object has something under this name. */
function inherited(key: string): boolean {
  return key in Object.prototype;
}
