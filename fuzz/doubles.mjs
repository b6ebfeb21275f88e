/**
 * Random doubles, written by V8 and by the canonicalizer: `node fuzz/doubles.mjs [how many]`, a million by default.
 *
 * Random bits, so that every exponent is as likely as any other; the text of V8 has to be canonical already.
 */
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';

const { canonicalizeJson } = createRequire(import.meta.url)('@cortex-os/native');

const BATCH = 8192;
const wanted = Number(process.argv[2] ?? 1_000_000);
const doubles = new Float64Array(BATCH);
let seen = 0;
while (seen < wanted) {
  webcrypto.getRandomValues(new Uint8Array(doubles.buffer));
  const finite = Array.from(doubles).filter(Number.isFinite);
  const text = JSON.stringify(finite);
  if (canonicalizeJson(text).toString() !== text) {
    const wrong = finite.find((value) => canonicalizeJson(String(value)).toString() !== String(value));
    throw new Error(`V8 writes ${wrong}, the canonicalizer ${canonicalizeJson(String(wrong))}`);
  }
  seen += finite.length;
}
console.log(`${seen} doubles are written as V8 writes them`);
