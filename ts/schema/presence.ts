import type { Json, SchemaNode } from './ir.js';

/**
 * Whether `undefined` may reach a node and what comes of it.
 *
 * @returns `refused`; `kept`, if it stays `undefined`; `replaced`, if something stands in for it
 */
export function ofUndefined(nodes: readonly SchemaNode[], index: number, path: number[] = []): Outcome {
  const node = nodes[index];
  if (!node || path.includes(index)) return 'refused';
  if (node.fallback && !(node.fallback.checked && node.undef)) return 'replaced';
  if (node.undef) return 'kept';
  const below = [...path, index];
  if (node.ref !== undefined) return ofUndefined(nodes, node.ref, below);
  if (node.anyOf) {
    const outcomes = node.anyOf.map((option) => ofUndefined(nodes, option, below));
    return outcomes.find((outcome) => outcome !== 'refused') ?? 'refused';
  }
  return isAny(node) ? 'kept' : 'refused';
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
export function constantDefault(nodes: readonly SchemaNode[], index: number): Json | undefined {
  const node = nodes[index];
  if (node?.fallback) return node.fallback.constant;
  return node?.ref === undefined ? undefined : constantDefault(nodes, node.ref);
}

/** Why JavaScript has to decide about parts of a program, and where. */
export function javaScriptParts(nodes: readonly SchemaNode[]): { at: string; reason: string }[] {
  return nodes.flatMap(({ at, js }) => (js === undefined ? [] : [{ at, reason: js }]));
}
