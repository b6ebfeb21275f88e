import type { SchemaNode } from '../ir.js';
import { literal, property } from './source.js';
import type { Scope } from './writer.js';

/** Checks what a node says through other nodes. @returns what stands for the result */
export function writeCombined(scope: Scope, node: SchemaNode, variable: string, result: string): string {
  if (node.ref !== undefined) result = scope.part(node.ref, variable);
  for (const part of node.allOf ?? []) scope.part(part, variable);
  if (node.anyOf) result = writeAnyOf(scope, node.anyOf, variable);
  if (node.oneOf) writeOneOf(scope, node.oneOf, variable);
  if (node.not !== undefined) scope.failIf(scope.matches(node.not, variable), ['not', 'must not match']);
  writeCondition(scope, node, variable);
  if (node.discriminator) result = writeDiscriminator(scope, node.discriminator, variable);
  return result;
}

const NONE = ['anyOf', 'must match one of the alternatives'] as const;

/** The first that holds gives the result. */
function writeAnyOf(scope: Scope, options: readonly number[], variable: string): string {
  const changes = scope.mode === 'copy' && options.some((option) => scope.writer.changes(option));
  if (!changes) {
    const refusals = options.map((option) => `!${scope.matches(option, variable)}`);
    scope.failIf(refusals.length === 0 ? 'true' : refusals.join(' && '), NONE);
    return variable;
  }
  const result = scope.let('INVALID', 'let');
  for (const option of options) {
    const call = scope.writer.changes(option)
      ? `${scope.writer.functionOf(option, 'copy')}(${variable})`
      : `${scope.matches(option, variable)} ? ${variable} : INVALID`;
    scope.body.line(`if (${result} === INVALID) ${result} = ${call};`);
  }
  scope.failIf(`${result} === INVALID`);
  return result;
}

function writeOneOf(scope: Scope, options: readonly number[], variable: string): void {
  const count = scope.let('0', 'let');
  for (const option of options) scope.body.line(`if (${scope.matches(option, variable)}) ${count} += 1;`);
  scope.failIf(`${count} !== 1`, ['oneOf', 'must match exactly one of the alternatives']);
}

function writeCondition(scope: Scope, node: SchemaNode, variable: string): void {
  if (node.if === undefined || (node.then === undefined && node.else === undefined)) return;
  const yes = node.then === undefined ? 'true' : scope.matches(node.then, variable);
  const no = node.else === undefined ? 'true' : scope.matches(node.else, variable);
  scope.failIf(`!(${scope.matches(node.if, variable)} ? ${yes} : ${no})`);
}

/** The value of the key chooses the branch. */
function writeDiscriminator(
  scope: Scope,
  { key, branches }: NonNullable<SchemaNode['discriminator']>,
  variable: string,
): string {
  const copies = scope.mode === 'copy';
  const result = copies ? scope.let('INVALID', 'let') : variable;
  scope.block(`switch (${property(variable, key)})`, () => {
    for (const { value, node } of branches) {
      scope.block(`case ${literal(value)}:`, () => {
        if (scope.mode === 'why') scope.explain(scope.explanation(node, variable));
        else if (copies)
          scope.body.line(`${result} = ${scope.writer.functionOf(node, 'copy')}(${variable});`);
        else scope.failIf(`!${scope.matches(node, variable)}`);
        scope.body.line('break;');
      });
    }
    const why = ['discriminator', 'must be a known discriminator'] as const;
    scope.body.line(`default: ${scope.inside(literal(key), () => scope.failure(why))}`);
  });
  if (copies) scope.failIf(`${result} === INVALID`);
  return result;
}
