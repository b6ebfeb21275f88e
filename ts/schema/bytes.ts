/**
 * The native side of a schema: a compiled program, by its handle.
 *
 * What a hot call needs is a number, the bytes and a number back; everything about failures is a second call.
 */
import { native, raw } from '../native.js';
import { notBytes } from './arguments.js';
import type { SchemaProgram } from './ir.js';
import type { SchemaOptions } from './options.js';

/** One issue as the core tells it. */
export interface NativeIssue {
  code: number;
  node: number;
  /** Which of the node's checks of a string or a number. */
  check: number;
  pointer: string;
  /** Where the value begins, in bytes. */
  offset: number;
  line: number;
  column: number;
  key?: string;
  keyword?: string;
  /** JSON pointer to that keyword in the schema. */
  at?: string;
}

/** What the core says of what it compiled. */
export interface NativeCoverage {
  fused: boolean;
  fallback: { at: string; reason: string }[];
  js: { at: string; reason: string }[];
}

const releasing = new FinalizationRegistry((handle: number) => void native.schemaRelease(handle));

/** A schema compiled for bytes. */
export class NativeSchema {
  readonly handle: number;
  readonly program: SchemaProgram;
  readonly coverage: NativeCoverage;
  readonly #check: ReturnType<typeof raw.schemaChecker>;
  readonly #tell: ReturnType<typeof raw.schemaTeller>;

  private constructor(compiled: { handle: number; program: string; coverage: string }) {
    this.handle = compiled.handle;
    this.program = JSON.parse(compiled.program) as SchemaProgram;
    this.coverage = JSON.parse(compiled.coverage) as NativeCoverage;
    this.#check = raw.schemaChecker(this.handle);
    this.#tell = raw.schemaTeller(this.handle, FOUND);
    releasing.register(this, this.handle);
  }

  /** @throws SchemaError `ERR_SCHEMA_COMPILE` with `pointer`, `ERR_SCHEMA_OPTION_INVALID` */
  static compile(kind: 'jsonSchema' | 'program', source: string, options: SchemaOptions): NativeSchema {
    const { draft, remotes, formats, duplicateKeys, trusted, limits } = options;
    const given = { draft, remotes, formats, duplicateKeys, trusted, limits };
    return new NativeSchema(native.schemaCompile(kind, source, JSON.stringify(given)));
  }

  /** @returns 0, or the code of the first issue */
  check(bytes: Uint8Array | string): number {
    const code = this.#check(bytes);
    return code < 0 ? notBytes(this.handle) : code;
  }

  /** The same, and in the same pass what the first issue is: {@link FIRST} has it until the next call. */
  tell(bytes: Uint8Array | string): number {
    const code = this.#tell(bytes);
    if (code >= 0) return code;
    // Where the path is too long for `FOUND`, text has to tell it.
    FOUND[0] = 0;
    return this.check(bytes);
  }

  issues(bytes: Buffer, most: number): NativeIssue[] {
    return JSON.parse(native.schemaIssues(this.handle, bytes, most)) as NativeIssue[];
  }

  /** The text as the schema makes it; `undefined` if it does not match. */
  normalise(bytes: Buffer, canonical: boolean): Buffer | undefined {
    return native.schemaNormalise(this.handle, bytes, canonical) ?? undefined;
  }

  lines(bytes: Buffer, most: number): NativeLines {
    return toLines(native.schemaNdjson(this.handle, bytes, most));
  }

  async linesAsync(bytes: Buffer, threads: number, most: number): Promise<NativeLines> {
    return toLines(await native.schemaNdjsonAsync(this.handle, bytes, threads, most));
  }
}

/** Numbers before the path, then two per step; a deeper path is told with text. */
const HEAD = 7;
const MOST_STEPS = 64;
const FOUND = new Float64Array(HEAD + 2 * MOST_STEPS);

/** The first issue of bytes as the core left it in `FOUND`; read before the next call. */
export class FirstIssue {
  /** 1, or 2 for more; 0 if it can only be told with text. */
  get count(): number {
    return FOUND[0] ?? 0;
  }
  get code(): number {
    return FOUND[1] ?? 0;
  }
  get node(): number {
    return FOUND[2] ?? 0;
  }
  get check(): number {
    return FOUND[3] ?? 0;
  }
  get offset(): number {
    return FOUND[4] ?? 0;
  }
  /** Position of the property among those of its node. */
  get property(): number {
    return FOUND[5] ?? -1;
  }

  /** Keys and indexes to the value; `undefined` if a key can't be read. */
  path(
    bytes: Buffer,
    readKey: (bytes: Buffer, start: number) => string | undefined,
  ): (string | number)[] | undefined {
    const path: (string | number)[] = [];
    const steps = FOUND[6] ?? 0;
    for (let step = 0; step < steps; step += 1) {
      const start = FOUND[HEAD + 2 * step] ?? 0;
      const key = start < 0 ? (FOUND[HEAD + 2 * step + 1] ?? 0) : readKey(bytes, start);
      if (key === undefined) return undefined;
      path.push(key);
    }
    return path;
  }
}

/** What the last `tell` found. */
export const FIRST = new FirstIssue();

/** What became of the lines of a text. */
export interface NativeLines {
  lines: number;
  valid: number;
  bitmap: Uint8Array;
  issues: (NativeIssue & { lineIndex: number })[];
}

function toLines({ issues, ...lines }: Omit<NativeLines, 'issues'> & { issues: string }): NativeLines {
  return { ...lines, issues: JSON.parse(issues) as NativeLines['issues'] };
}
