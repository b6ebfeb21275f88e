/** A worker that checks, over a tape, documents as deep and schemas as far inside each other as allowed, each way there is. */
import { parentPort } from 'node:worker_threads';
import { Schema } from '@cortex-os/native';

const links = Array.from({ length: 20 }, (_, at) => [
  `d${at}`,
  { allOf: [{ anyOf: [{ $ref: `#/$defs/d${at + 1}` }] }] },
]);
const last = { anyOf: [{ type: 'array', items: { $ref: '#/$defs/d0' } }, { const: 2 }] };
const schema = Schema.compile(
  { $ref: '#/$defs/d0', $defs: { ...Object.fromEntries(links), d20: last }, unevaluatedProperties: false },
  { limits: { depth: 256 }, maxIssues: 1 },
);
const nested = (inner) => `${'['.repeat(255)}${inner}${']'.repeat(255)}`;
const verdicts = [];
for (const text of [nested(2), nested(3)]) verdicts.push(schema.checkBytes(text));
for (const text of [nested(2), nested(3)]) verdicts.push(schema.safeParseBytes(text).success);
for (const text of [nested(2), nested(3)]) verdicts.push(schema.safeParse(JSON.parse(text)).success);
const lines = await schema.checkNdjson(Buffer.from(`${nested(2)}\n${nested(3)}\n`.repeat(500)), {
  threads: 2,
});
parentPort.postMessage({ bytes: schema.coverage.bytes, verdicts, lines: lines.valid });
