import { setImmediate } from 'node:timers/promises';
import type { LinesChecked } from './byte-check.js';
import type { AjvError, SchemaIssue } from './issues.js';

const LINE_END = 0x0a;

/** After so many bytes of lines others get their turn; one line is never split. */
const SLICE_BYTES = 16 * 1024;

type IssueOf = (line: Buffer) => SchemaIssue | AjvError | undefined;

/** Checks lines one by one, where the core alone can't say. @param issueOf the first issue of a line, if it has one */
export function linesByValue(bytes: Buffer, maxIssues: number, issueOf: IssueOf): LinesChecked {
  const slices = inSlices(bytes, maxIssues, issueOf);
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}

/** The same in this thread as well, but the event loop gets a turn after each few lines. */
export async function linesInTurns(
  bytes: Buffer,
  maxIssues: number,
  issueOf: IssueOf,
): Promise<LinesChecked> {
  // Others run in between and may change theirs.
  const slices = inSlices(Buffer.from(bytes), maxIssues, issueOf);
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
    await setImmediate();
  }
}

function* inSlices(
  bytes: Buffer,
  maxIssues: number,
  issueOf: IssueOf,
): Generator<undefined, LinesChecked, void> {
  const verdicts: boolean[] = [];
  const issues: LinesChecked['issues'][number][] = [];
  let turn = SLICE_BYTES;
  for (let start = 0; start < bytes.length; ) {
    if (start >= turn) {
      turn = start + SLICE_BYTES;
      yield;
    }
    const found = bytes.indexOf(LINE_END, start);
    const end = found === -1 ? bytes.length : found;
    const issue = issueOf(bytes.subarray(start, end));
    if (issue && issues.length < maxIssues)
      issues.push({ ...moved(issue, start, verdicts.length), lineIndex: verdicts.length });
    verdicts.push(!issue);
    start = end + 1;
  }
  const bitmap = new Uint8Array(Math.ceil(verdicts.length / 8));
  let valid = 0;
  verdicts.forEach((verdict, line) => {
    if (!verdict) return;
    valid += 1;
    bitmap[line >> 3] = (bitmap[line >> 3] ?? 0) | (1 << (line & 7));
  });
  return { lines: verdicts.length, valid, bitmap, issues };
}

/** Offsets count from the start of the whole text. */
function moved(issue: SchemaIssue | AjvError, start: number, line: number): SchemaIssue | AjvError {
  if (!('byteOffset' in issue)) return issue;
  return { ...issue, byteOffset: (issue.byteOffset ?? 0) + start, line: (issue.line ?? 1) + line };
}
