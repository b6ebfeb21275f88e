/** The line of an event is JSON.stringify's, however it comes about: with many events of a shape, by joining. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type EventHub, type LogError, Schema } from '@cortex-os/native';
import fc from 'fast-check';
import { afterEach, describe, expect } from 'vitest';
import { thrown } from '../support/errors.js';
import { test } from '../support/hub-test.js';

/** More than enough for a shape to be learned. */
const MANY = 100;

/** Emits the events and holds the ledger's lines against those of JSON.stringify. */
async function compare(hub: EventHub, path: string, events: readonly unknown[]): Promise<void> {
  const expected = events.map((event) => JSON.stringify(event));
  await hub.flush();
  const from = readFileSync(path, 'utf8').length;
  for (const event of events) hub.emit(event);
  await hub.flush();
  const written = readFileSync(path, 'utf8').slice(from);
  expect(written.split('\n').slice(0, -1)).toEqual(expected);
}

const plain = (n: number) => ({
  id: `e${n}`,
  type: 'step',
  topic: 't',
  n,
  ok: n % 2 === 0,
  none: null,
  data: { at: n / 8, tags: ['a', `b${n}`], steps: [{ name: 'x', ms: n }] },
});

const learned = (events = MANY) => Array.from({ length: events }, (_, n) => plain(n));

describe('lines of one shape', () => {
  test('are joined, and the same as those of JSON.stringify', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await compare(hub, ledgerPath, learned());
    expect(hub.stats().lines).toEqual({ shapes: 1, joined: MANY - 32, unsound: 0 });
  });

  test('are the same whatever the values are', async ({ openHub, folder }) => {
    const string = fc.oneof(
      { weight: 5, arbitrary: fc.stringMatching(/^[\w é😀-]*$/u) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
      { weight: 1, arbitrary: fc.constantFrom('"', '\\', '\n', '\ud83d', '\udca9x', '\ufffd', '\u2028') },
    );
    const scalar = fc.oneof(
      string,
      string,
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom(null, -0),
    );
    const key = fc.oneof(
      { weight: 30, arbitrary: fc.stringMatching(/^[a-z]{1,3}$/) },
      { weight: 1, arbitrary: fc.constantFrom('toJSON', '__proto__', '7', 'a"b', 'constructor', 'é') },
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        scalar,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
        fc.constant(undefined),
      ),
    }));
    const first = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 6, noNullPrototype: true });
    const others = fc.infiniteStream(fc.record({ other: scalar, odds: fc.nat(20) }));
    const lines = { runs: 0, joined: 0, unsound: 0 };
    await fc.assert(
      fc.asyncProperty(first, others, async (event, values) => {
        lines.runs += 1;
        const path = `${folder}/${lines.runs}.ndjson`;
        const hub = await openHub({ path });
        await compare(
          hub,
          path,
          Array.from({ length: MANY }, () => vary(event, () => values.next().value)),
        );
        lines.joined += hub.stats().lines.joined;
        lines.unsound += hub.stats().lines.unsound;
        await hub.close();
      }),
      { numRuns: 200 },
    );
    expect(lines.joined).toBeGreaterThan(1000);
    expect(lines.unsound).toBeGreaterThan(100);
  });

  /** Another event of about the same shape. */
  function vary(value: unknown, next: () => { other: unknown; odds: number }): unknown {
    if (Array.isArray(value)) return value.map((item) => vary(item, next));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, vary(inner, next)]));
    }
    if (value === undefined) return undefined;
    const { other, odds } = next();
    return typeof other === typeof value || odds === 0 ? other : value;
  }

  test('are as long as they are told to be', async ({ openHub }) => {
    const hub = await openHub({ maxLineBytes: 1000 });
    const event = (text: string) => ({ type: 'long', text });
    for (let n = 0; n < MANY; n += 1) hub.emit(event('x'));
    const most = 1000 - JSON.stringify(event('')).length;
    expect(hub.emit(event('x'.repeat(most)))).toBe(MANY);
    const error = thrown(() => hub.emit(event(`${'x'.repeat(most - 1)}\n`))) as LogError;
    expect(error).toMatchObject({ code: 'ERR_LOG_LINE_TOO_LARGE', fields: { lineBytes: 1001 } });
    expect(hub.tryEmit(event(`${'x'.repeat(most - 1)}\n`))).toBe(-2);
    expect(hub.tryEmit(event(`${'x'.repeat(most + 1)}`))).toBe(-2);
    expect(hub.head).toBe(MANY + 1);
  });

  test('are checked by the schema of the hub', async ({ openHub }) => {
    const schema = Schema.compile({
      type: 'object',
      properties: { type: { const: 'paid' }, note: { type: 'string', maxLength: 3 } },
    });
    const hub = await openHub({ schema });
    for (let n = 0; n < MANY; n += 1) hub.emit({ type: 'paid', note: 'abc' });
    expect(hub.stats().lines.joined).toBeGreaterThan(0);
    expect(hub.emit({ type: 'paid', note: 'a"c' })).toBe(MANY);
    expect(hub.tryEmit({ type: 'paid', note: 'a"cd' })).toBe(-10);
    expect(thrown(() => hub.emit({ type: 'paid', note: 'abcd' }))).toMatchObject({
      code: 'ERR_SCHEMA_MISMATCH',
      fields: { pointer: '/note' },
    });
    expect(hub.readWindow().at(-1)?.event).toEqual({ type: 'paid', note: 'a"c' });
  });

  test('are the same where no code may be made', () => {
    const script = fileURLToPath(new URL('../support/lines-without-eval.mjs', import.meta.url));
    const flags = ['--disallow-code-generation-from-strings'];
    const out = execFileSync(process.execPath, [...flags, script], { encoding: 'utf8' });
    expect(JSON.parse(out)).toEqual({ same: true, lines: { shapes: 0, joined: 0, unsound: 0 } });
  });
});

describe('what looks like the shape and is not', () => {
  const spoiled: (() => void)[] = [];
  afterEach(() => {
    for (const mend of spoiled.splice(0)) mend();
  });

  /** Gives a prototype a property for one test. */
  function spoil(prototype: object, name: PropertyKey, descriptor: PropertyDescriptor): void {
    Object.defineProperty(prototype, name, { configurable: true, ...descriptor });
    spoiled.push(() => Reflect.deleteProperty(prototype, name));
  }

  class Step {
    type = 'step';
    n = 1;
  }

  const shaped = { ...plain(7) };
  const { none: _none, ...fewer } = shaped;
  const odd: [string, () => unknown][] = [
    ['a key less', () => fewer],
    ['a key more', () => ({ ...shaped, more: 1 })],
    ['another order', () => Object.fromEntries(Object.entries(shaped).reverse())],
    ['an index among the keys', () => ({ ...shaped, 0: 'first' })],
    ['a symbol beside the keys', () => ({ ...shaped, [Symbol('s')]: 1 })],
    ['a key that is not enumerable', () => Object.defineProperty({ ...shaped }, 'hidden', { value: 1 })],
    [
      'a known key that is not enumerable',
      () => Object.defineProperty({ ...shaped }, 'n', { enumerable: false }),
    ],
    ['toJSON of its own', () => ({ ...shaped, toJSON: () => 'text' })],
    [
      'a hidden toJSON of its own',
      () => Object.defineProperty({ ...shaped }, 'toJSON', { value: () => [1] }),
    ],
    ['toJSON in a value', () => ({ ...shaped, data: { ...shaped.data, toJSON: () => 1 } })],
    [
      'toJSON on a list',
      () => ({ ...shaped, data: { ...shaped.data, tags: Object.assign(['a'], { toJSON: () => 'T' }) } }),
    ],
    [
      'a list with a property',
      () => ({ ...shaped, data: { ...shaped.data, tags: Object.assign(['a'], { x: 1 }) } }),
    ],
    [
      'a list with a hole',
      () => ({ ...shaped, data: { ...shaped.data, tags: Object.assign(new Array(3), ['a']) } }),
    ],
    [
      'a list of a class',
      () => ({ ...shaped, data: { ...shaped.data, tags: new (class extends Array {})(3) } }),
    ],
    ['an array-like', () => ({ ...shaped, data: { ...shaped.data, tags: { length: 1, 0: 'a' } } })],
    ['a date', () => ({ ...shaped, id: new Date(0) })],
    ['a boxed string', () => ({ ...shaped, id: new String('boxed') })],
    ['a boxed number', () => ({ ...shaped, n: new Number(3) })],
    ['undefined', () => ({ ...shaped, id: undefined })],
    ['a function', () => ({ ...shaped, id: () => 1 })],
    ['not a number', () => ({ ...shaped, n: Number.NaN })],
    ['infinity', () => ({ ...shaped, data: { ...shaped.data, at: -Infinity } })],
    ['minus zero', () => ({ ...shaped, n: -0 })],
    ['a getter', () => Object.defineProperty({ ...shaped }, 'n', { get: () => 9, enumerable: true })],
    ['no prototype', () => Object.assign(Object.create(null), shaped)],
    ['a prototype with the keys', () => Object.create(shaped)],
    [
      'some keys in the prototype',
      () => Object.assign(Object.create({ none: null, data: {} }), { type: 'step' }),
    ],
    ['a class', () => Object.assign(new Step(), shaped)],
    ['a proxy', () => new Proxy(shaped, {})],
    ['a proxy with other keys', () => new Proxy(shaped, { ownKeys: () => ['type', 'n'] })],
    ['a frozen object', () => Object.freeze({ ...shaped })],
    [
      'a dictionary',
      () => {
        const dictionary: Record<string, unknown> = { ...shaped, gone: 1 };
        delete dictionary.gone;
        return dictionary;
      },
    ],
    ['arguments', () => new Function('return Object.assign(arguments, { type: "step" })')('a', 1)],
    ['a map', () => Object.assign(new Map([[1, 2]]), { type: 'step' })],
  ];

  test.for(odd)('is written as it is: %s', async ([, make], { openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await compare(hub, ledgerPath, [...learned(), make(), make(), plain(1)]);
    // And when it is what a shape is made of.
    await compare(hub, ledgerPath, Array.from({ length: MANY }, make));
  });

  const prototypes: [string, object, PropertyKey, PropertyDescriptor][] = [
    ['toJSON of all objects', Object.prototype, 'toJSON', { value: () => 'J' }],
    ['toJSON of all lists', Array.prototype, 'toJSON', { value: () => 'L' }],
    ['toJSON of all strings', String.prototype, 'toJSON', { value: () => 'S' }],
    ['a key of all objects', Object.prototype, 'extra', { value: 1, enumerable: true }],
    ['an item of all lists', Array.prototype, 1, { value: 'I', writable: true }],
  ];
  test.for(prototypes)(
    'is written as it is: %s',
    async ([, prototype, name, descriptor], { openHub, ledgerPath }) => {
      const hub = await openHub({ path: ledgerPath });
      const events = [...learned(), { ...shaped, data: { ...shaped.data, tags: new Array(2) } }];
      for (const event of events) hub.emit(event);
      await hub.flush();
      spoil(prototype, name, descriptor);
      const expected = events.map((event) => JSON.stringify(event));
      for (const event of events) hub.emit(event);
      for (const mend of spoiled.splice(0)) mend();
      await hub.flush();
      const lines = readFileSync(ledgerPath, 'utf8').split('\n').slice(events.length, -1);
      expect(lines).toEqual(expected);
    },
  );

  test('where the last key is one of the prototype', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const make = () => ({ type: 'a', n: 1, z: 2 });
    await compare(hub, ledgerPath, Array.from({ length: MANY }, make));
    spoil(Object.prototype, 'z', { value: 2, enumerable: true });
    const expected = JSON.stringify({ type: 'a', n: 1 });
    hub.emit({ type: 'a', n: 1 });
    for (const mend of spoiled.splice(0)) mend();
    await hub.flush();
    expect(expected).toBe('{"type":"a","n":1}');
    expect(readFileSync(ledgerPath, 'utf8').split('\n').at(-2)).toBe(expected);
  });

  test('reads each value once', async ({ openHub }) => {
    const hub = await openHub();
    for (const event of learned()) hub.emit(event);
    let reads = 0;
    const event = Object.defineProperty({ ...shaped }, 'n', { enumerable: true, get: () => ++reads });
    hub.emit(event);
    expect(reads).toBe(1);
    expect(hub.readWindow().at(-1)?.event).toEqual({ ...shaped, n: 1 });
  });
});

describe('shapes', () => {
  test('of one type may be several', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const shapes = [{ a: 1 }, { b: 'x' }, { a: 1, b: 'x' }, { b: { c: [] } }];
    await compare(
      hub,
      ledgerPath,
      Array.from({ length: 4000 }, (_, n) => ({ type: 's', ...shapes[n % 4] })),
    );
    expect(hub.stats().lines.shapes).toBe(4);
    expect(hub.stats().lines.joined).toBeGreaterThan(3000);
  });

  test('that differ in a value alone become one', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const values = ['x', 1, null, true, 'y\n', 0.5];
    await compare(
      hub,
      ledgerPath,
      Array.from({ length: 3000 }, (_, n) => ({ type: 's', list: [values[n % 6]], v: values[n % 5] })),
    );
    expect(hub.stats().lines.shapes).toBe(1);
  });

  test('that never come again are not kept for long', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await compare(
      hub,
      ledgerPath,
      Array.from({ length: 5000 }, (_, n) => ({ type: 's', [`k${n}`]: n })),
    );
    expect(hub.stats().lines).toMatchObject({ joined: 0 });
    expect(hub.stats().lines.shapes).toBeLessThan(4);
  });

  test('whose strings need escapes are left to JSON.stringify', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await compare(
      hub,
      ledgerPath,
      Array.from({ length: 3000 }, (_, n) => ({ type: 's', text: `line ${n}\n` })),
    );
    expect(hub.stats().lines).toEqual({ shapes: 0, joined: 32, unsound: 32 });
  });

  test('with an escape now and then are joined all the same', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await compare(
      hub,
      ledgerPath,
      Array.from({ length: 3000 }, (_, n) => ({ type: 's', text: n % 5 ? 'x' : '"x"' })),
    );
    expect(hub.stats().lines).toMatchObject({ shapes: 1, joined: 3000 - 32 });
  });

  test('of more types than are known at once are learned in turn', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    for (let type = 0; type < 100; type += 1) hub.emit({ type: `t${type}` });
    await compare(
      hub,
      ledgerPath,
      Array.from({ length: MANY }, (_, n) => ({ type: 't99', n })),
    );
    expect(hub.stats().lines.shapes).toBe(0);
    for (let n = 0; n < 66_000; n += 1) hub.emit({ type: 't99', n });
    expect(hub.stats().lines.shapes).toBe(1);
  });
});

test('a key function that emits changes nothing of the event it is asked about', async ({ openHub }) => {
  let inside = false;
  const hub: EventHub = await openHub({
    coalesceKey: () => {
      if (!inside) {
        inside = true;
        hub.emit({ topic: 'inner', type: 'inner' });
        inside = false;
      }
      return 'key';
    },
  });
  for (let n = 0; n < MANY; n += 1) hub.emit({ topic: 'outer', type: 'outer', n });
  const outer = hub.readWindow({ topic: 'outer' });
  expect(outer.map(({ type, event }) => [type, (event as { n: number }).n])).toEqual(
    Array.from({ length: MANY }, (_, n) => ['outer', n]),
  );
});
