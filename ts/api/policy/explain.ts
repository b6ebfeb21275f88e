/** A decision in words, for people. Counts nothing. */
import type { CompiledGrant } from './compiled-grant.js';

export function explain(
  compiled: CompiledGrant,
  action: string,
  args: Readonly<Record<string, unknown>>,
): string {
  const { grant, scope } = compiled;
  const lines = [`grant ${grant.id} (revision ${grant.revision}) for the tool ${grant.tool}`];
  const counter = compiled.counter(action);
  if (!counter) {
    const list = grant.actions.length > 0 ? grant.actions.join(', ') : 'none';
    return [...lines, `action ${action}: denied, the grant allows: ${list}`].join('\n');
  }
  lines.push(`action ${action}: allowed`);
  if (scope.isOpen) lines.push('paths: not restrained, fsScope is empty');
  for (const [name, value] of scope.isOpen ? [] : Object.entries(args)) {
    if (value === undefined || value === null) continue;
    if (!compiled.pathArguments.includes(name)) continue;
    const why = scope.explain(value);
    lines.push(`path ${name}: ${why === undefined ? 'inside' : `denied, ${why}`}`);
    if (why !== undefined) return [...lines, `allowed places: ${scope.roots.join(', ')}`].join('\n');
  }
  const { remaining, limit, resetMs } = counter.left();
  lines.push(`rate: ${remaining} of ${limit} left, whole again in ${Math.ceil(resetMs / 1000)} s`);
  if (remaining <= 0) lines.push('denied until then, or until the oldest call leaves its window');
  return lines.join('\n');
}
