/** That a contender does the work it is timed for: its answers against those of zod 3. */
import { deepStrictEqual } from 'node:assert/strict';
import { EventHub } from '../harness/native.mjs';
import { open as openReference } from './contenders/zod3.mjs';
import { makeEvents, makeLines, makeManifest, makeWrongEvents, wrongPaths } from './values.mjs';
import { variantsOf } from './variants.mjs';

const toBytes = (value, indent) => Buffer.from(JSON.stringify(value, null, indent));

const PROOFS = {
  'object-valid': (open) => {
    const { parse, copies } = open('event');
    const reference = openReference('event');
    for (const event of makeEvents()) {
      const given = { ...event, unknown: true };
      deepStrictEqual(parse(given), copies ? reference.parse(given) : true);
      if (copies) deepStrictEqual(Object.keys(parse(given)), Object.keys(reference.parse(given)));
    }
    sameVerdicts(open, 'event', makeEvents()[1], (contender, value) => contender.accepts(value));
  },
  'object-invalid': (open) => {
    const { errorsOf, pathOf } = open('event');
    sameErrors(open, makeWrongEvents().map(errorsOf), pathOf);
  },
  'bytes-small': (open) => {
    sameVerdicts(open, 'event', makeEvents()[1], (contender, value) =>
      contender.acceptsBytes(toBytes(value)),
    );
  },
  'bytes-small-invalid': (open) => {
    const { errorsOfBytes, pathOf } = open('event');
    sameErrors(
      open,
      makeWrongEvents().map((value) => errorsOfBytes(toBytes(value))),
      pathOf,
    );
  },
  'manifest-min': (open) => sameManifests(open, 0),
  'manifest-pretty': (open) => sameManifests(open, 2),
  ndjson: (open) => {
    const expected = openReference('event').acceptsLines(makeLines());
    deepStrictEqual([...bits(open('event').acceptsLines(makeLines()), expected.length)], [...expected]);
  },
  relay: async (open) => {
    const { relay, hubOptions } = open('event');
    const hub = await EventHub.open(hubOptions);
    try {
      const lines = makeEvents().map((event) => JSON.stringify(event));
      for (const line of lines) relay(hub, Buffer.from(line));
      deepStrictEqual(
        hub.readWindow({ limit: lines.length }).map(({ line }) => line),
        lines,
      );
      for (const wrong of makeWrongEvents()) mustThrow(() => relay(hub, toBytes(wrong)));
      deepStrictEqual(hub.head, lines.length);
    } finally {
      await hub.close();
    }
  },
};

export const prove = (name, open) => PROOFS[name](open);

/** Every variant of a value gets the verdict of zod 3; some of each verdict, or nothing is proven. */
function sameVerdicts(open, kind, value, ask) {
  const [contender, reference] = [open(kind), openReference(kind)];
  const verdicts = variantsOf(value).map(({ name, value: variant }) => {
    const expected = ask(reference, variant);
    if (ask(contender, variant) !== expected) throw new Error(`${name}: the verdict is not ${expected}`);
    return expected;
  });
  if (new Set(verdicts).size !== 2) throw new Error('all variants have one verdict');
}

function sameManifests(open, indent) {
  // Few connectors: every variant is a manifest of its own.
  sameVerdicts(open, 'manifest', makeManifest({ connectors: 2 }), (contender, value) =>
    contender.acceptsBytes(toBytes(value, indent)),
  );
}

/** One error each, at the right place; where the errors are zod's, the same to the last field. */
function sameErrors(open, errors, pathOf) {
  deepStrictEqual(
    errors.map((list) => list.map(pathOf)),
    wrongPaths().map((path) => [path]),
  );
  if (!open.claimsZodIssues) return;
  const reference = openReference('event');
  deepStrictEqual(errors, makeWrongEvents().map(reference.errorsOf));
}

function mustThrow(call) {
  try {
    call();
  } catch {
    return;
  }
  throw new Error('an invalid event was taken');
}

/** A list of verdicts, whether it came as bytes of 0 and 1 or as bits. */
function bits(answer, count) {
  if (answer instanceof Uint8Array && answer.length === count) return answer;
  return Array.from({ length: count }, (_, i) => (answer.bitmap[i >> 3] >> (i & 7)) & 1);
}
