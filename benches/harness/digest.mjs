/** Proof that a contender wrote what it was given: SHA-256 of its lines against those of the reference. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * @param {string[]} lines without newlines; the contender was given lines[0], lines[1]... and again from the start
 * @param {number} count how many lines it was given
 */
export function referenceDigest(lines, count, { ordered = true } = {}) {
  const cycle = lines.map((line) => `${line}\n`);
  if (!ordered) return sortedDigest(Array.from({ length: count }, (_, i) => lines[i % lines.length]));
  const hash = createHash('sha256');
  const whole = Buffer.from(cycle.join(''));
  for (let turn = 0; turn < Math.floor(count / lines.length); turn += 1) hash.update(whole);
  return hash.update(cycle.slice(0, count % lines.length).join('')).digest('hex');
}

/** @param {string | Buffer} path a file, or the bytes themselves */
export function writtenDigest(path, { ordered = true } = {}) {
  const bytes = typeof path === 'string' ? readFileSync(path) : path;
  if (ordered) return createHash('sha256').update(bytes).digest('hex');
  const text = bytes.toString();
  if (!text.endsWith('\n')) return 'torn last line';
  return sortedDigest(text.slice(0, -1).split('\n'));
}

function sortedDigest(lines) {
  const hash = createHash('sha256');
  for (const line of lines.toSorted()) hash.update(`${line}\n`);
  return hash.digest('hex');
}

/** Throws unless the file holds exactly these lines: in their order, or in any when the contender has none. */
export function assertWritten(path, lines, count, { ordered = true } = {}) {
  if (writtenDigest(path, { ordered }) === referenceDigest(lines, count, { ordered })) return;
  throw new Error(`the file is not the ${count} lines that were handed over${ordered ? ', in order' : ''}`);
}
