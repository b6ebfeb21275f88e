import type { ObjectRules } from '../ir.js';
import { literal } from './source.js';
import type { Scope } from './writer.js';

/** So many keys are told apart by comparing; more are looked up. */
const COMPARED = 20;

/**
 * The keys of an object that its shape does not name, as Zod walks them: `for in`, inherited ones too.
 *
 * @param result in a copy, the object that gets those that stay
 */
export function writeOtherKeys(scope: Scope, rules: ObjectRules, variable: string, result?: string): void {
  const { additional = 'strip', properties = [] } = rules;
  if (additional === 'strip' || (additional === 'keep' && result === undefined)) return;
  const key = scope.writer.source.name('k');
  const names = properties.map((rule) => rule.key);
  // Zod 4 as zod 3.25 carries it: own keys only.
  const walk = scope.writer.release === '4.0' ? `of Object.keys(${variable})` : `in ${variable}`;
  scope.block(`for (const ${key} ${walk})`, () => {
    const known = names.length > COMPARED ? lookup(scope, names, key) : compare(names, key);
    if (additional === 'reject') {
      const why = ['additionalProperties', 'must not be there'] as const;
      return scope.inside(key, () => scope.failIf(known === '' ? 'true' : `!(${known})`, why));
    }
    if (known !== '') scope.body.line(`if (${known}) continue;`);
    writeKept(scope, additional, variable, key, result);
  });
}

function compare(names: readonly string[], key: string): string {
  return names.map((name) => `${key} === ${literal(name)}`).join(' || ');
}

function lookup(scope: Scope, names: readonly string[], key: string): string {
  return `${scope.writer.source.constant(`new Set(${literal(names)})`)}.has(${key})`;
}

/**
 * A key `__proto__` never reaches the result. Zod 4 as zod 3.25 carries it sets the result's prototype with it, as an
 * assignment does, and so does the copy. Zod 4.6 does not even check its value.
 */
function writeKept(
  scope: Scope,
  additional: 'keep' | number,
  variable: string,
  key: string,
  result?: string,
): void {
  const { release } = scope.writer;
  const isProto = `${key} === '__proto__'`;
  if (release === '4.6') scope.body.line(`if (${isProto}) continue;`);
  const value = scope.let(`${variable}[${key}]`);
  const checked = additional === 'keep' ? value : scope.inside(key, () => scope.part(additional, value));
  if (result === undefined) return;
  const skips = [
    ...(release === 'zod3' ? [`${key} !== '__proto__'`] : []),
    ...(release === 'zod3' && additional === 'keep' ? [`${value} !== undefined`] : []),
  ];
  const guard = skips.length > 0 ? `if (${skips.join(' && ')}) ` : '';
  scope.body.line(`${guard}${result}[${key}] = ${checked};`);
}
