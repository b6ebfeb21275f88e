/**
 * The native side of a schema: a compiled program, by its handle.
 *
 * What a hot call needs is a number, the bytes and a number back; everything about failures is a second call.
 */
import { SchemaError } from '../errors.js';
import { native, raw } from '../native.js';
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

  private constructor(compiled: { handle: number; program: string; coverage: string }) {
    this.handle = compiled.handle;
    this.program = JSON.parse(compiled.program) as SchemaProgram;
    this.coverage = JSON.parse(compiled.coverage) as NativeCoverage;
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
    const code = raw.schemaCheck(this.handle, bytes);
    if (code >= 0) return code;
    throw new SchemaError('ERR_SCHEMA_HANDLE_INVALID', 'This is no text or bytes', { handle: this.handle });
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
