import type { Json, SchemaNode } from './ir.js';

/**
 * Whether `undefined` may reach a node and what comes of it.
 *
 * @returns `refused`; `kept`, if it stays `undefined`; `replaced`, if something stands in for it
 */
export function ofUndefined(nodes: readonly SchemaNode[], index: number, path: number[] = []): Outcome {
  const node = nodes[index];
  if (!node || path.includes(index)) return 'refused';
  // A default that is checked may itself be `undefined`, where that will do.
  if (node.fallback && !(node.fallback.checked && node.undef && node.fallback.constant === undefined))
    return 'replaced';
  if (node.undef) return 'kept';
  const below = [...path, index];
  if (node.ref !== undefined) return ofUndefined(nodes, node.ref, below);
  if (node.anyOf) {
    const first = taker(nodes, node.anyOf, below);
    return first === undefined ? 'refused' : ofUndefined(nodes, first, below);
  }
  return isAny(node) ? 'kept' : 'refused';
}

/** The first of the options that takes `undefined`: the one that a union goes by. */
function taker(nodes: readonly SchemaNode[], options: readonly number[], path: number[]): number | undefined {
  return options.find((option) => ofUndefined(nodes, option, path) !== 'refused');
}

type Outcome = 'refused' | 'kept' | 'replaced';

/** Whether every value will do. */
function isAny(node: SchemaNode): boolean {
  return !(
    node.types ||
    node.enum ||
    node.array ||
    node.object ||
    node.record ||
    node.discriminator ||
    node.js
  );
}

/** What stands in for a missing value, if it is always the same. */
export function constantDefault(
  nodes: readonly SchemaNode[],
  index: number,
  path: number[] = [],
): Json | undefined {
  const node = nodes[index];
  if (!node || node.fallback || node.undef) return node?.fallback?.constant;
  const next = node.ref ?? taker(nodes, node.anyOf ?? [], [index]);
  return next === undefined || path.includes(next)
    ? undefined
    : constantDefault(nodes, next, [...path, index]);
}

/** Why JavaScript has to decide about parts of a program, and where. */
export function javaScriptParts(nodes: readonly SchemaNode[]): { at: string; reason: string }[] {
  return nodes.flatMap(({ at, js }) => (js === undefined ? [] : [{ at, reason: js }]));
}
