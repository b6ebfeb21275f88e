/** The disk itself: a Rust loop of write and fdatasync over the same lines, without Node. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export async function run({ lines, path, dir, rawBinary, forMs, warmUpMs }) {
  const input = join(dir, 'lines.ndjson');
  writeFileSync(input, `${lines.join('\n')}\n`);
  const { stdout } = await promisify(execFile)(rawBinary, [input, path, String(warmUpMs), String(forMs)]);
  const { written, ...metrics } = JSON.parse(stdout);
  return { written, metrics };
}
