import type { LinkedProgram, SchemaNode } from '../ir.js';
import { ofUndefined } from '../presence.js';
import { writeArray } from './arrays.js';
import { writeCombined } from './combined.js';
import { writeObject } from './objects.js';
import { writeRecord } from './records.js';
import { writeEnum, writeNumber, writeString, writeTypes } from './scalars.js';
import { Body, Source } from './source.js';

/** `is`: a function that says whether; `copy`: one that gives the result or INVALID. */
export type Mode = 'is' | 'copy';

/**
 * Writes functions for the nodes of a program.
 *
 * A node becomes code in place, or a function where it is a branch that may fail, a part of a recursion, the content
 * of an array or shared. In a `copy` the checks and the making of the result are one pass.
 */
export class Writer {
  readonly source = new Source();
  readonly isZod: boolean;
  readonly #names = new Map<string, string>();
  readonly #uses: number[];

  constructor(readonly linked: LinkedProgram) {
    this.isZod = linked.program.dialect.startsWith('zod');
    this.#uses = countUses(linked.program.nodes);
  }

  get release(): string {
    return this.linked.release ?? this.linked.program.dialect;
  }

  node(index: number): SchemaNode {
    return this.linked.program.nodes[index] ?? { at: '' };
  }

  /** The name of the function of a node. */
  functionOf(index: number, mode: Mode): string {
    const id = `${mode}${index}`;
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    this.#names.set(id, id);
    const scope = new Scope(this, mode);
    const result = scope.value(index, 'v');
    scope.body.line(mode === 'is' ? 'return true;' : `return ${result};`);
    this.source.functions.push(`function ${id}(v) {\n${scope.body.text()}\n}`);
    return id;
  }

  /** Whether the result of a node is another value than the one that came. */
  changes(index: number, path: number[] = []): boolean {
    if (!this.isZod || path.includes(index)) return false;
    const node = this.node(index);
    if (node.object || node.record || node.array || node.fallback || node.frozen || node.discriminator) return true;
    const below = [...path, index];
    const parts = [...(node.anyOf ?? []), ...(node.ref === undefined ? [] : [node.ref])];
    // A recursion through nothing but references never ends anyway.
    return parts.some((part) => this.changes(part, below));
  }

  /** Whether a node is to be a function rather than code in place. */
  standsAlone(index: number): boolean {
    return (this.#uses[index] ?? 0) > 1 && children(this.node(index)).length > 0;
  }

  undefinedIn(index: number): ReturnType<typeof ofUndefined> {
    return this.isZod ? ofUndefined(this.linked.program.nodes, index) : 'refused';
  }
}

/** One function being written. */
export class Scope {
  readonly body = new Body();

  constructor(
    readonly writer: Writer,
    readonly mode: Mode,
  ) {}

  get failure(): string {
    return this.mode === 'is' ? 'return false;' : 'return INVALID;';
  }

  /** Fails unless none of the conditions holds. */
  failIf(condition: string): void {
    this.body.line(`if (${condition}) ${this.failure}`);
  }

  /** A variable with a value. */
  let(expression: string, kind: 'const' | 'let' = 'const'): string {
    const name = this.writer.source.name('t');
    this.body.line(`${kind} ${name} = ${expression};`);
    return name;
  }

  block(head: string, write: () => void): void {
    this.body.line(`${head} {`);
    write();
    this.body.line('}');
  }

  /** Checks the value of a variable against a node in place. @returns what stands for the result */
  value(index: number, variable: string): string {
    const node = this.writer.node(index);
    const { fallback } = node;
    const guards = [node.undef && `${variable} !== undefined`, node.nullable && `${variable} !== null`];
    if (fallback && this.mode === 'is' && !fallback.checked) guards.push(`${variable} !== undefined`);
    else if (fallback) variable = this.#defaulted(fallback, variable, guards);
    const conditions = guards.filter((guard) => guard);
    if (conditions.length === 0) return this.#frozen(node, this.#checked(node, variable));
    const changes = this.mode === 'copy' && (this.writer.changes(index) || this.#namesUnchecked(fallback));
    const result = changes ? this.let(variable, 'let') : variable;
    this.block(`if (${[...new Set(conditions)].join(' && ')})`, () => {
      const checked = this.#frozen(node, this.#checked(node, variable));
      if (changes && checked !== result) this.body.line(`${result} = ${checked};`);
    });
    return result;
  }

  #namesUnchecked(fallback: SchemaNode['fallback']): boolean {
    return fallback !== undefined && !fallback.checked;
  }

  /** A default: checked, it takes the place of the value; unchecked, it goes past the checks. */
  #defaulted(fallback: NonNullable<SchemaNode['fallback']>, variable: string, guards: unknown[]): string {
    const made = `X[${fallback.external}]()`;
    if (fallback.checked) return this.let(`${variable} === undefined ? ${made} : ${variable}`);
    const missing = this.let(`${variable} === undefined`);
    guards.push(`!${missing}`);
    return this.let(`${missing} ? ${made} : ${variable}`);
  }

  #frozen(node: SchemaNode, result: string): string {
    return node.frozen && this.mode === 'copy' ? this.let(`Object.freeze(${result})`) : result;
  }

  /** The parts of a node, one after the other. */
  #checked(node: SchemaNode, variable: string): string {
    writeTypes(this, node, variable);
    writeEnum(this, node, variable);
    writeString(this, node, variable);
    writeNumber(this, node, variable);
    let result = variable;
    if (node.array) result = writeArray(this, node, node.array, variable);
    if (node.object) result = writeObject(this, node, node.object, variable);
    if (node.record) result = writeRecord(this, node.record, variable);
    return writeCombined(this, node, variable, result);
  }

  /** Checks a value against a node, in place or by its function. @returns what stands for the result */
  part(index: number, variable: string, alone = this.writer.standsAlone(index)): string {
    if (!alone) return this.value(index, variable);
    const name = this.writer.functionOf(index, this.#modeOf(index));
    if (!this.#copies(index)) {
      this.failIf(`!${name}(${variable})`);
      return variable;
    }
    const result = this.let(`${name}(${variable})`);
    this.failIf(`${result} === INVALID`);
    return result;
  }

  /** A call that says whether a value matches a node. */
  matches(index: number, variable: string): string {
    return `${this.writer.functionOf(index, 'is')}(${variable})`;
  }

  #copies(index: number): boolean {
    return this.mode === 'copy' && this.writer.changes(index);
  }

  #modeOf(index: number): Mode {
    return this.#copies(index) ? 'copy' : 'is';
  }
}

/** How often each node is referred to; parts of a recursion count twice, so that they become functions. */
function countUses(nodes: readonly SchemaNode[]): number[] {
  const uses = nodes.map(() => 0);
  const open = new Set<number>();
  const seen = new Set<number>();
  const visit = (index: number): void => {
    uses[index] = (uses[index] ?? 0) + (open.has(index) ? 2 : 1);
    if (seen.has(index)) return;
    seen.add(index);
    open.add(index);
    const node = nodes[index];
    if (node) for (const child of children(node)) visit(child);
    open.delete(index);
  };
  nodes.forEach((_, index) => {
    if (!seen.has(index)) visit(index);
  });
  return uses;
}

/** The nodes that a node names. */
export function children(node: SchemaNode): number[] {
  const { array, object, record } = node;
  const direct = [node.ref, node.not, node.if, node.then, node.else, record?.key, record?.value, object?.names];
  const lists = [
    node.allOf,
    node.anyOf,
    node.oneOf,
    node.discriminator?.branches.map((branch) => branch.node),
    array?.prefix,
    array?.items === false ? [] : [array?.items],
    [array?.contains?.node],
    object?.properties?.map((property) => property.node),
    object?.patterns?.map((pattern) => pattern.node),
    typeof object?.additional === 'number' ? [object.additional] : [],
    Object.values(object?.dependent ?? {}),
  ];
  return [...direct, ...lists.flatMap((list) => list ?? [])].filter((child) => child !== undefined);
}
