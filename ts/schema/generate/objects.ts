import type { ObjectRules, PropertyRule, SchemaNode } from '../ir.js';
import { writeJsonObject } from './json-objects.js';
import { writeOtherKeys } from './other-keys.js';
import { keyOf, literal, property } from './source.js';
import type { Scope } from './writer.js';

/** Checks an object. @returns what stands for the result */
export function writeObject(scope: Scope, node: SchemaNode, rules: ObjectRules, variable: string): string {
  if (scope.writer.isZod) return writeZodObject(scope, rules, variable);
  writeJsonObject(scope, node, rules, variable);
  return variable;
}

/** One property of the result: what stands for its value and, if it may be missing, for whether it is there. */
interface Part {
  key: string;
  result: string;
  there?: string;
}

function writeZodObject(scope: Scope, rules: ObjectRules, variable: string): string {
  if (scope.mode !== 'copy') {
    for (const rule of rules.properties ?? []) writeProperty(scope, rule, variable);
    writeOtherKeys(scope, rules, variable);
    return variable;
  }
  const parts = (rules.properties ?? []).map((rule) => writeProperty(scope, rule, variable));
  if (rules.additional === 'reject') writeOtherKeys(scope, rules, variable);
  const result = writeResult(scope, parts);
  if (rules.additional !== 'reject') writeOtherKeys(scope, rules, variable, result);
  return result;
}

/** Checks one property of a shape. */
function writeProperty(scope: Scope, rule: PropertyRule, object: string): Part {
  const value = scope.let(property(object, rule.key));
  return scope.inside(literal(rule.key), () => writeValue(scope, rule, object, value));
}

function writeValue(scope: Scope, rule: PropertyRule, object: string, value: string): Part {
  const { key, node, keep = 'always' } = rule;
  const there = `${literal(key)} in ${object}`;
  const outcome = scope.writer.undefinedIn(node);
  if (keep === 'present' && outcome === 'refused') return writePresent(scope, rule, value, there);
  if (keep === 'needed' && outcome !== 'refused') {
    scope.failIf(`${value} === undefined && !(${there})`, ['required', 'must be there']);
  }
  const result = scope.part(node, value);
  if (scope.mode !== 'copy' || keep === 'always' || keep === 'needed' || outcome === 'refused')
    return { key, result };
  return { key, result, there: scope.let(`${result} !== undefined || ${there}`) };
}

/** A key whose value is checked only if the key is there. */
function writePresent(scope: Scope, { key, node }: PropertyRule, value: string, there: string): Part {
  const present = scope.let(there);
  const result = scope.let(value, 'let');
  scope.block(`if (${present})`, () => {
    const checked = scope.part(node, value);
    if (checked !== value) scope.body.line(`${result} = ${checked};`);
  });
  return { key, result, there: present };
}

/** So many keys that may be missing get a literal for each case. */
const MOST_CASES = 2;

/**
 * Makes the result.
 *
 * An object literal gets its final shape at once and costs a fraction of keys added one by one, so the common cases
 * are literals: each case for few keys that may be missing, else all there and none there.
 */
function writeResult(scope: Scope, parts: readonly Part[]): string {
  const open = parts.filter((part) => part.there !== undefined);
  if (open.length === 0) return scope.let(objectOf(parts));
  const result = scope.writer.source.name('t');
  scope.body.line(`let ${result};`);
  if (open.length <= MOST_CASES) writeCases(scope, result, parts, open, new Set());
  else {
    const all = open.map((part) => part.there).join(' && ');
    const none = open.map((part) => `!${part.there}`).join(' && ');
    scope.body.line(
      `if (${none}) ${result} = ${objectOf(parts.filter((part) => part.there === undefined))};`,
    );
    scope.body.line(`else if (${all}) ${result} = ${objectOf(parts)};`);
    scope.block('else', () => writeSteps(scope, result, parts));
  }
  return result;
}

function writeCases(
  scope: Scope,
  result: string,
  parts: readonly Part[],
  open: readonly Part[],
  missing: Set<Part>,
): void {
  const [next, ...rest] = open;
  if (!next) {
    scope.body.line(`${result} = ${objectOf(parts.filter((part) => !missing.has(part)))};`);
    return;
  }
  scope.block(`if (${next.there})`, () => writeCases(scope, result, parts, rest, missing));
  scope.block('else', () => writeCases(scope, result, parts, rest, new Set([...missing, next])));
}

/** Key by key in shape order, from the first that may be missing. */
function writeSteps(scope: Scope, result: string, parts: readonly Part[]): void {
  const first = parts.findIndex((part) => part.there !== undefined);
  scope.body.line(`${result} = ${objectOf(parts.slice(0, first))};`);
  for (const { key, result: value, there } of parts.slice(first)) {
    const assignment = `${property(result, key)} = ${value};`;
    scope.body.line(there === undefined ? assignment : `if (${there}) ${assignment}`);
  }
}

function objectOf(parts: readonly Part[]): string {
  const members = parts.map(({ key, result }) => `${keyOf(key)}: ${result}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
