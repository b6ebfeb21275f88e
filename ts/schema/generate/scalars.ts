import type { JsonType, NumberCheck, SchemaNode, StringCheck } from '../ir.js';
import { zod3Format } from '../zod3-formats.js';
import { literal, regex } from './source.js';
import type { Scope, Why } from './writer.js';

/** Fails unless the value has one of the types. */
export function writeTypes(scope: Scope, node: SchemaNode, variable: string): void {
  if (!node.types) return;
  if (node.types.length === 0) scope.body.line(scope.failure(['never', 'must not be there']));
  else if (isWhole(node)) scope.failIf(`!Number.isInteger(${variable})`, ['type', 'must be integer']);
  else writeTypeList(scope, node.types, variable);
}

function writeTypeList(scope: Scope, types: readonly JsonType[], variable: string): void {
  const why: Why = ['type', `must be ${types.join(' or ')}`];
  const refusals = types.map((type) => refusal(scope, type, variable));
  scope.failIf(
    refusals.length === 1 ? String(refusals[0]) : refusals.map((one) => `(${one})`).join(' && '),
    why,
  );
  if (types.includes('object') && scope.writer.linked.program.dialect === 'zod3') {
    const rare = `(Object.getPrototypeOf(${variable}) !== Object.prototype || ${variable}.then !== undefined)`;
    const guard = types.length > 1 ? `typeof ${variable} === 'object' && ${variable} !== null && ` : '';
    scope.failIf(`${guard}${rare} && ${scope.writer.source.helper('special')}(${variable})`, why);
  }
}

/** A number that is checked to be an integer first: one test says both. */
function isWhole(node: SchemaNode): boolean {
  const first = node.number?.find((check) => check.kind !== 'finite');
  return node.types?.length === 1 && node.types[0] === 'number' && first?.kind === 'int';
}

function refusal(scope: Scope, type: JsonType, variable: string): string {
  switch (type) {
    case 'null':
      return `${variable} !== null`;
    case 'boolean':
    case 'string':
      return `typeof ${variable} !== '${type}'`;
    case 'integer':
      return `!Number.isInteger(${variable})`;
    case 'number':
      return scope.writer.linked.program.dialect === 'zod3'
        ? `typeof ${variable} !== 'number' || ${variable} !== ${variable}`
        : `!Number.isFinite(${variable})`;
    case 'array':
      return `!Array.isArray(${variable})`;
    default:
      return `typeof ${variable} !== 'object' || ${variable} === null || Array.isArray(${variable})`;
  }
}

/** So many constants are compared one after the other; more are looked up. */
const COMPARED = 10;

/** Fails unless the value is one of the constants. */
export function writeEnum(scope: Scope, node: SchemaNode, variable: string): void {
  if (!node.enum) return;
  const scalars = node.enum.filter((value) => typeof value !== 'object' || value === null);
  const others = node.enum.filter((value) => typeof value === 'object' && value !== null);
  const refusals =
    scalars.length > COMPARED
      ? [`!${scope.writer.source.constant(`new Set(${literal(scalars)})`)}.has(${variable})`]
      : scalars.map((value) => `${variable} !== ${literal(value)}`);
  for (const value of others) {
    const constant = scope.writer.source.constant(constantText(value));
    refusals.push(`!${scope.writer.source.helper('equal')}(${variable}, ${constant})`);
  }
  const said =
    node.enum.length === 1 ? `must be ${literal(node.enum[0])}` : 'must be one of the allowed values';
  scope.failIf(refusals.length === 0 ? 'true' : refusals.join(' && '), ['enum', said]);
}

/** Parsed rather than written out: a key `__proto__` in an object literal would set the prototype. */
export function constantText(value: unknown): string {
  const text = literal(value);
  return text.includes('__proto__') ? `JSON.parse(${literal(JSON.stringify(value))})` : text;
}

/** The checks of a string. */
export function writeString(scope: Scope, node: SchemaNode, variable: string): void {
  if (!node.string?.length) return;
  const only = node.types?.length === 1 && node.types[0] === 'string';
  for (const check of node.string) {
    const refused = stringRefusal(scope, check, variable);
    scope.failIf(only ? refused : `typeof ${variable} === 'string' && (${refused})`, stringWhy(check));
  }
}

function stringWhy(check: StringCheck): Why {
  switch (check.kind) {
    case 'minLength':
      return [check.kind, `must have at least ${check.value} characters`];
    case 'maxLength':
      return [check.kind, `must have at most ${check.value} characters`];
    case 'length':
      return [check.kind, `must have ${check.value} characters`];
    case 'pattern':
      return check.format
        ? ['format', `must be of format ${check.format}`]
        : [check.kind, `must match ${check.source}`];
    case 'format':
      return [check.kind, `must be of format ${check.name.split('.').at(-1)}`];
    default:
      return [check.kind, `must ${WORDS[check.kind]} ${literal(check.value)}`];
  }
}

const WORDS = { startsWith: 'begin with', endsWith: 'end with', includes: 'include' } as const;

function stringRefusal(scope: Scope, check: StringCheck, variable: string): string {
  const { source } = scope.writer;
  if (check.external !== undefined) {
    return scope.mode !== 'copy'
      ? `X[${check.external}](${variable}) === false`
      : `X[${check.external}](${variable}) !== true`;
  }
  switch (check.kind) {
    case 'minLength':
    case 'maxLength':
    case 'length':
      return lengthRefusal(scope, check.kind, check.value, check.unit === 'codepoint', variable);
    case 'pattern':
      return patternRefusal(scope, check.source, check.flags ?? (scope.writer.isZod ? '' : 'u'), variable);
    case 'format': {
      if (check.name === 'zod3.url') return `!URL.canParse(${variable})`;
      const [, kind = ''] = check.name.split('.');
      const known = zod3Format({ kind, ...check.options });
      return known?.pattern === undefined
        ? 'true'
        : `!${source.constant(regex(known.pattern, known.flags))}.test(${variable})`;
    }
    case 'includes': {
      const from = check.position === undefined ? '' : `, ${check.position}`;
      return `!${variable}.includes(${literal(check.value)}${from})`;
    }
    default:
      return `!${variable}.${check.kind}(${literal(check.value)})`;
  }
}

/** Code points are counted only where UTF-16 units leave the answer open. */
function lengthRefusal(
  scope: Scope,
  kind: string,
  value: number,
  codePoints: boolean,
  variable: string,
): string {
  const units = `${variable}.length`;
  if (!codePoints) {
    const operator = kind === 'minLength' ? '<' : kind === 'maxLength' ? '>' : '!==';
    return `${units} ${operator} ${value}`;
  }
  const counted = `${scope.writer.source.helper('codePoints')}(${variable})`;
  if (kind === 'minLength')
    return `${units} < ${value} || (${units} < ${value * 2} && ${counted} < ${value})`;
  if (kind === 'maxLength') return `${units} > ${value} && ${counted} > ${value}`;
  return `${units} < ${value} || ${units} > ${value * 2} || ${counted} !== ${value}`;
}

function patternRefusal(scope: Scope, pattern: string, flags: string, variable: string): string {
  const constant = scope.writer.source.constant(regex(pattern, flags));
  // A sticky expression starts where the last one ended unless it is set back.
  return flags.includes('y')
    ? `(${constant}.lastIndex = 0, !${constant}.test(${variable}))`
    : `!${constant}.test(${variable})`;
}

/** The checks of a number. */
export function writeNumber(scope: Scope, node: SchemaNode, variable: string): void {
  const only = node.types?.length === 1 && (node.types[0] === 'number' || node.types[0] === 'integer');
  const whole = isWhole(node);
  for (const check of node.number ?? []) {
    if (check.kind === 'finite' && only && scope.writer.linked.program.dialect !== 'zod3') continue;
    if (check.kind === 'int' && check.rule === 'integral' && whole) continue;
    const refused = numberRefusal(scope, check, variable);
    scope.failIf(only ? refused : `typeof ${variable} === 'number' && (${refused})`, numberWhy(check));
  }
}

function numberRefusal(scope: Scope, check: NumberCheck, variable: string): string {
  switch (check.kind) {
    case 'finite':
      return `!Number.isFinite(${variable})`;
    case 'int':
      return `!Number.${check.rule === 'safe' ? 'isSafeInteger' : 'isInteger'}(${variable})`;
    case 'multipleOf':
      return `!${scope.writer.source.helper(multipleHelper(scope))}(${variable}, ${check.value})`;
    default:
      return `${variable} ${check.kind === 'min' ? '<' : '>'}${check.inclusive ? '' : '='} ${check.value}`;
  }
}

function numberWhy(check: NumberCheck): Why {
  if (check.kind === 'finite') return ['finite', 'must be finite'];
  if (check.kind === 'int') return ['int', 'must be integer'];
  if (check.kind === 'multipleOf') return ['multipleOf', `must be a multiple of ${check.value}`];
  const operator = `${check.kind === 'min' ? '>' : '<'}${check.inclusive ? '=' : ''}`;
  const codes = check.inclusive ? BOUNDS : OPEN_BOUNDS;
  return [codes[check.kind], `must be ${operator} ${check.value}`];
}

const BOUNDS = { min: 'minimum', max: 'maximum' } as const;
const OPEN_BOUNDS = { min: 'exclusiveMinimum', max: 'exclusiveMaximum' } as const;

function multipleHelper(scope: Scope): 'scaledMultiple' | 'nearMultiple' | 'exactMultiple' {
  if (!scope.writer.isZod) return 'exactMultiple';
  return scope.writer.release === '4.6' ? 'nearMultiple' : 'scaledMultiple';
}
