import { bufferOf } from './arguments.js';
import type { NativeSchema } from './bytes.js';
import { canonicalText } from './canonical.js';
import { type AjvError, type SchemaIssue, toAjv, toIssue } from './issues.js';
import { linesByValue, linesInTurns } from './lines-by-value.js';
import type { ErrorForm } from './options.js';
import { placeOf } from './place.js';
import type { SafeParseResult } from './schema.js';

/** What became of the lines of a text. */
export interface LinesChecked {
  /** How many lines there are; a line end at the very end begins none. A blank line is one that does not match. */
  readonly lines: number;
  /** How many match. */
  readonly valid: number;
  /** One bit per line, lowest first, set where the line matches: line `i` is `bitmap[i >> 3] >> (i & 7) & 1`. */
  readonly bitmap: Uint8Array;
  /** The first issue of each line that does not match, up to `maxIssues`; offsets count from the start of the text. */
  readonly issues: readonly ((SchemaIssue | AjvError) & { readonly lineIndex: number })[];
}

/** How lines are checked. */
export interface NdjsonOptions {
  /**
   * Up to so many native threads, but no more than there are processors, off the event loop and over a copy of the text;
   * absent: at once, in this thread. Where bytes need JavaScript, lines are checked in this thread in any case: with
   * `threads` a few at a time, and the event loop has its turns in between.
   */
  threads?: number;
}

/** How a schema reads bytes. */
export interface ByteCheck {
  readonly handle: number;
  readonly canNormalise: boolean;
  check(bytes: Uint8Array | string): boolean;
  safeParse(bytes: Uint8Array | string): SafeParseResult<unknown>;
  issues(bytes: Uint8Array | string): (SchemaIssue | AjvError)[];
  normalise(bytes: Uint8Array | string, canonical: boolean): Buffer | undefined;
  ndjson(bytes: Uint8Array, options: NdjsonOptions): LinesChecked | Promise<LinesChecked>;
}

/** What reading bytes needs to know of a schema. */
export interface ByteRules {
  native: NativeSchema;
  /** Why the core can't make the result of a text, or `undefined`. */
  needsJavaScript: boolean;
  canNormalise: boolean;
  form: ErrorForm;
  maxIssues: number;
  is(value: unknown): boolean;
  safeParse(value: unknown): SafeParseResult<unknown>;
  /** As `native.check`, in the way that `refuse` then needs. */
  find(bytes: Uint8Array | string): number;
  /** The error for a text of which `find` gave this code. What `find` refuses nothing may accept afterwards. */
  refuse(code: number, bytes: Buffer): SafeParseResult<unknown>;
  /** Issues of a value, where JavaScript decides. */
  issuesOf(value: unknown): SchemaIssue[];
}

/** Reads bytes: verdicts from the core, values by `JSON.parse`, and only where they are asked for. */
export class Bytes implements ByteCheck {
  constructor(private readonly rules: ByteRules) {}

  get handle(): number {
    return this.rules.native.handle;
  }

  get canNormalise(): boolean {
    return this.rules.canNormalise;
  }

  check(bytes: Uint8Array | string): boolean {
    if (this.rules.native.check(bytes) !== 0) return false;
    return !this.rules.needsJavaScript || this.rules.is(JSON.parse(textOf(bytes, this.handle)));
  }

  safeParse(bytes: Uint8Array | string): SafeParseResult<unknown> {
    const { find, refuse, safeParse } = this.rules;
    const code = find(bytes);
    return code === 0
      ? safeParse(JSON.parse(textOf(bytes, this.handle)))
      : refuse(code, bufferOf(bytes, this.handle));
  }

  issues(bytes: Uint8Array | string): (SchemaIssue | AjvError)[] {
    return this.#issues(bufferOf(bytes, this.handle), this.rules.maxIssues);
  }

  #issues(bytes: Buffer, most: number): (SchemaIssue | AjvError)[] {
    const { native, needsJavaScript, issuesOf } = this.rules;
    const found = native.issues(bytes, most).map((issue) => toIssue(native.program, issue, true));
    if (found.length === 0 && needsJavaScript) {
      const issues = issuesOf(JSON.parse(bytes.toString())).slice(0, most);
      found.push(...issues.map((issue) => ({ ...issue, ...placeOf(bytes, issue.path) })));
    }
    return found.map((issue) => this.#told(issue));
  }

  normalise(bytes: Uint8Array | string, canonical: boolean): Buffer | undefined {
    if (this.rules.canNormalise) return this.rules.native.normalise(bufferOf(bytes, this.handle), canonical);
    const result = this.safeParse(bytes);
    if (!result.success) return undefined;
    return Buffer.from(canonical ? canonicalText(result.data) : JSON.stringify(result.data));
  }

  ndjson(bytes: Uint8Array, options: NdjsonOptions): LinesChecked | Promise<LinesChecked> {
    const { native, needsJavaScript, maxIssues } = this.rules;
    const { threads } = options;
    if (needsJavaScript) {
      const check = threads === undefined ? linesByValue : linesInTurns;
      return check(bufferOf(bytes, this.handle), maxIssues, (line) => this.#issues(line, 1)[0]);
    }
    const tell = ({ issues, ...lines }: Awaited<ReturnType<NativeSchema['linesAsync']>>): LinesChecked => ({
      ...lines,
      issues: issues.map((found) => ({
        ...this.#told(toIssue(native.program, found, true)),
        lineIndex: found.lineIndex,
      })),
    });
    if (threads === undefined) return tell(native.lines(bufferOf(bytes, this.handle), maxIssues));
    return native.linesAsync(bufferOf(bytes, this.handle), threads, maxIssues).then(tell);
  }

  #told(issue: SchemaIssue): SchemaIssue | AjvError {
    return this.rules.form === 'ajv' ? toAjv(issue) : issue;
  }
}

function textOf(bytes: Uint8Array | string, handle: number): string {
  return typeof bytes === 'string' ? bytes : bufferOf(bytes, handle).toString();
}
