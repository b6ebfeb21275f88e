import type { LinkedProgram, StringCheck } from '../ir.js';
import { javaScriptParts } from '../presence.js';
import { zod3Format } from '../zod3-formats.js';
import { Writer } from './writer.js';

/** Why code can't be written for a program, and where. Empty: it can. */
export function refusals({ program }: LinkedProgram): { at: string; reason: string }[] {
  const others = program.nodes.flatMap((node) => {
    if (node.crate !== undefined) return [{ at: node.at, reason: node.crate }];
    const patterns = (node.object?.patterns ?? []).map(
      ({ pattern }): StringCheck => ({ kind: 'pattern', source: pattern }),
    );
    const open = [...(node.string ?? []), ...patterns].find((check) => {
      if (check.external !== undefined) return false;
      if (check.kind === 'pattern') return !isPattern(check.source, check.flags ?? flagsOf(program.dialect));
      return check.kind === 'format' && !isFormat(check.name);
    });
    return open
      ? [{ at: node.at, reason: open.kind === 'format' ? `format ${open.name}` : 'a pattern' }]
      : [];
  });
  return [...javaScriptParts(program.nodes), ...others];
}

function flagsOf(dialect: string): string {
  return dialect.startsWith('zod') ? '' : 'u';
}

function isPattern(source: string, flags: string): boolean {
  try {
    return new RegExp(source, flags) !== undefined;
  } catch {
    return false;
  }
}

function isFormat(name: string): boolean {
  return (
    name === 'zod3.url' || (name.startsWith('zod3.') && zod3Format({ kind: name.slice(5) }) !== undefined)
  );
}

/** The code of a program: functions and the names of the two that matter. */
export interface Generated {
  /** Declarations. They use `INVALID` and, where the program has externals, `X`. */
  text: string;
  is: string;
  copy: string;
}

/**
 * Writes the code of a program that has no {@link refusals}.
 *
 * `is(v)` says whether; `copy(v)` gives what Zod gives, or `INVALID` where the value does not hold or where Zod
 * itself has to make the result. Of JSON Schema, `copy` gives the value itself.
 */
export function generate(linked: LinkedProgram): Generated {
  const writer = new Writer(linked);
  const { root } = linked.program;
  const is = writer.functionOf(root, 'is');
  let copy = 'copy';
  if (writer.changes(root)) copy = writer.functionOf(root, 'copy');
  else writer.source.functions.push(`function copy(v) {\n  return ${is}(v) ? v : INVALID;\n}`);
  return { text: writer.source.text(), is, copy };
}
