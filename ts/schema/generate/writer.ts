import type { IssueCode } from '../codes.js';
import type { LinkedProgram, SchemaNode } from '../ir.js';
import { ofUndefined } from '../presence.js';
import { writeArray } from './arrays.js';
import { writeCombined } from './combined.js';
import { writeObject } from './objects.js';
import { writeRecord } from './records.js';
import { constantText, writeEnum, writeNumber, writeString, writeTypes } from './scalars.js';
import { Body, literal, Source } from './source.js';

/** `is`: a function that says whether; `copy`: one that gives the result or INVALID; `why`: one that gives the first issue. */
export type Mode = 'is' | 'copy' | 'why';

/** What an issue of generated code says; texts are known when the code is written. */
export type Why = readonly [code: IssueCode, message: string];

/**
 * Writes functions for the nodes of a program.
 *
 * A node becomes code in place, or a function where it is a branch that may fail, a part of a recursion, the content
 * of an array or shared. In a `copy` the checks and the making of the result are one pass.
 */
export class Writer {
  readonly isZod: boolean;
  readonly #names = new Map<string, string>();
  readonly #uses: number[];

  /** @param standalone the code is to work without functions of the schema: constants stand for them */
  constructor(
    readonly linked: LinkedProgram,
    readonly source = new Source(),
    readonly standalone = false,
  ) {
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
    const name = this.source.name(mode);
    this.#names.set(id, name);
    const scope = new Scope(this, mode);
    const result = scope.value(index, 'v');
    if (mode !== 'why') scope.body.line(mode === 'is' ? 'return true;' : `return ${result};`);
    const parameters = mode === 'why' ? 'v, p' : 'v';
    this.source.functions.push(`function ${name}(${parameters}) {\n${scope.body.text()}\n}`);
    return name;
  }

  /** Whether the result of a node is another value than the one that came. */
  changes(index: number, path: number[] = []): boolean {
    if (!this.isZod || path.includes(index)) return false;
    const node = this.node(index);
    if (node.object || node.record || node.array || node.fallback || node.frozen || node.discriminator)
      return true;
    // Who is asked about a string may also change it.
    if (node.string?.some((check) => check.external !== undefined)) return true;
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
  /** Where the node being written stands in the source. */
  #at = '';
  /** Keys and indexes from the value of the function to the one being checked. */
  readonly #steps: string[] = [];

  constructor(
    readonly writer: Writer,
    readonly mode: Mode,
  ) {}

  /** What is written where a value does not hold. */
  failure(why: Why = ['keyword', 'must match']): string {
    if (this.mode === 'is') return 'return false;';
    if (this.mode === 'copy') return 'return INVALID;';
    const [code, message] = why;
    const at = literal(this.#at);
    return `return { code: ${literal(code)}, message: ${literal(message)}, path: ${this.#path()}, schemaPath: ${at} };`;
  }

  /** Fails if the condition holds. */
  failIf(condition: string, why?: Why): void {
    this.body.line(`if (${condition}) ${this.failure(why)}`);
  }

  /** Writes what is about a value inside: `step` is the key or the index, as JavaScript. */
  inside<T>(step: string, write: () => T): T {
    this.#steps.push(step);
    const written = write();
    this.#steps.pop();
    return written;
  }

  #path(): string {
    return this.#steps.length === 0 ? 'p' : `[...p, ${this.#steps.join(', ')}]`;
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
    const guards: (string | undefined | false)[] = [];
    if (fallback && this.mode !== 'copy' && !fallback.checked) guards.push(`${variable} !== undefined`);
    else if (fallback) variable = this.#defaulted(fallback, variable, guards);
    guards.push(node.undef && `${variable} !== undefined`, node.nullable && `${variable} !== null`);
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
    const made = this.writer.standalone ? constantText(fallback.constant) : `X[${fallback.external}]()`;
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
    const outer = this.#at;
    this.#at = node.at;
    const result = this.#parts(node, variable);
    this.#at = outer;
    return result;
  }

  #parts(node: SchemaNode, variable: string): string {
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
    if (this.mode === 'why') return this.#explained(index, variable);
    const name = this.writer.functionOf(index, this.#modeOf(index));
    if (!this.#copies(index)) {
      this.failIf(`!${name}(${variable})`);
      return variable;
    }
    const result = this.let(`${name}(${variable})`);
    this.failIf(`${result} === INVALID`);
    return result;
  }

  #explained(index: number, variable: string): string {
    this.explain(this.explanation(index, variable));
    return variable;
  }

  /** Gives on what a call found. */
  explain(call: string): void {
    const found = this.let(call);
    this.body.line(`if (${found} !== undefined) return ${found};`);
  }

  /** A call that explains why a value does not match a node. */
  explanation(index: number, variable: string): string {
    return `${this.writer.functionOf(index, 'why')}(${variable}, ${this.#path()})`;
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
  const direct = [
    node.ref,
    node.not,
    node.if,
    node.then,
    node.else,
    record?.key,
    record?.value,
    object?.names,
  ];
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
