import type { RecordRules } from '../ir.js';
import { children, type Scope } from './writer.js';

/**
 * Checks a record of Zod.
 *
 * Zod 3 walks the keys that `for in` gives, inherited ones too, and checks the value of `__proto__` without keeping
 * it. Zod 4 takes own keys only, in 4.6 enumerable ones, refuses symbols, and skips `__proto__`.
 */
export function writeRecord(scope: Scope, rules: RecordRules, variable: string): string {
  const copies = scope.mode === 'copy';
  const zod3 = scope.writer.linked.program.dialect === 'zod3';
  if (!zod3) {
    const isPlain = scope.writer.source.helper(scope.writer.release === '4.6' ? 'plain' : 'plain40');
    scope.failIf(`!${isPlain}(${variable})`);
    if (scope.writer.release === '4.6') {
      const symbols = scope.writer.source.helper('hasSymbols');
      scope.failIf(`Object.getOwnPropertySymbols(${variable}).length > 0 && ${symbols}(${variable})`);
    }
  }
  const result = copies ? scope.let('{}') : variable;
  const key = scope.writer.source.name('k');
  scope.block(`for (const ${key} ${walk(scope, variable)})`, () => {
    if (!zod3 && scope.writer.release === '4.0') scope.failIf(`typeof ${key} === 'symbol'`);
    if (!zod3) scope.body.line(`if (${key} === '__proto__') continue;`);
    if (rules.key !== undefined) scope.inside(key, () => scope.part(rules.key ?? 0, key));
    const value = scope.let(`${variable}[${key}]`);
    const alone = children(scope.writer.node(rules.value)).length > 0;
    const checked = scope.inside(key, () => scope.part(rules.value, value, alone));
    if (!copies) return;
    scope.body.line(
      zod3
        ? `if (${key} !== '__proto__') ${result}[${key}] = ${checked};`
        : `${result}[${key}] = ${checked};`,
    );
  });
  return result;
}

function walk(scope: Scope, variable: string): string {
  if (scope.writer.linked.program.dialect === 'zod3') return `in ${variable}`;
  return scope.writer.release === '4.0' ? `of Reflect.ownKeys(${variable})` : `of Object.keys(${variable})`;
}
