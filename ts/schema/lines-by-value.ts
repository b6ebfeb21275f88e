import type { LinesChecked } from './byte-check.js';
import type { AjvError, SchemaIssue } from './issues.js';

const LINE_END = 0x0a;

/** Checks lines one by one, where the core alone can't say. @param issueOf the first issue of a line, if it has one */
export function linesByValue(
  bytes: Buffer,
  maxIssues: number,
  issueOf: (line: Buffer) => SchemaIssue | AjvError | undefined,
): LinesChecked {
  const verdicts: boolean[] = [];
  const issues: LinesChecked['issues'][number][] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(LINE_END, start);
    const end = found === -1 ? bytes.length : found;
    const issue = issueOf(bytes.subarray(start, end));
    if (issue && issues.length < maxIssues)
      issues.push({ ...moved(issue, start, verdicts.length), lineIndex: verdicts.length });
    verdicts.push(!issue);
    start = end + 1;
  }
  const bitmap = new Uint8Array(Math.ceil(verdicts.length / 8));
  verdicts.forEach((verdict, line) => {
    if (verdict) bitmap[line >> 3] = (bitmap[line >> 3] ?? 0) | (1 << (line & 7));
  });
  return { lines: verdicts.length, valid: verdicts.filter((verdict) => verdict).length, bitmap, issues };
}

/** Offsets count from the start of the whole text. */
function moved(issue: SchemaIssue | AjvError, start: number, line: number): SchemaIssue | AjvError {
  if (!('byteOffset' in issue)) return issue;
  return { ...issue, byteOffset: (issue.byteOffset ?? 0) + start, line: (issue.line ?? 1) + line };
}
