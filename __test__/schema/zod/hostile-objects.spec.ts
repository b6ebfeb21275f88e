/** Values that are more than data: generated code must see in them what Zod sees. */
import { describe, expect, test } from 'vitest';
import { type AnyZod, expectGenerated, nativeOf, VERSIONS } from './same-as-zod.js';

const json = (text: string): unknown => JSON.parse(text);

class Point {
  x = 1;
  y = 2;
  get sum() {
    return this.x + this.y;
  }
}

const inherits = (own: object, from: object): object => Object.assign(Object.create(from), own);

const values = (): unknown[] => [
  {},
  { x: 1, y: 2 },
  { y: 2, x: 1, z: 3, a: 4, 1: 5 },
  json('{"x":1,"y":2,"__proto__":{"polluted":true}}'),
  json('{"__proto__":{"x":1,"y":2}}'),
  json('{"x":1,"y":2,"constructor":{"prototype":{"polluted":true}}}'),
  { x: 1, y: 2, constructor: undefined },
  { x: 1, y: 2, hasOwnProperty: null, toString: 1, valueOf: 2 },
  Object.freeze({ x: 1, y: 2 }),
  Object.assign(Object.create(null), { x: 1, y: 2, z: 3 }),
  inherits({ x: 1 }, { y: 2, z: 3 }),
  new Point(),
  Object.defineProperty({ x: 1 }, 'y', { value: 2, enumerable: false }),
  { x: 1, y: 2, [Symbol('s')]: 1 },
  { x: 1, y: 2, z: undefined },
  { x: undefined, y: undefined },
  { x: NaN, y: 2 },
  { x: -0, y: 0 },
  { x: 1n, y: 2 },
  { x: Infinity, y: -Infinity },
  { x: new Number(1), y: 2 },
  { x: '1', y: [2] },
  new Proxy({ x: 1, y: 2 }, {}),
  new Map([['x', 1]]),
  new Set([1]),
  new Date(0),
  Promise.resolve({ x: 1, y: 2 }),
  { x: 1, y: 2, ['then' as string]: () => {}, catch: () => {} },
  { x: 1, y: 2, ['then' as string]: 1, catch: 2 },
  /x/,
  Object.assign(() => {}, { x: 1, y: 2 }),
  [],
  Object.assign([], { x: 1, y: 2 }),
  null,
  undefined,
  1,
  'text',
  Symbol('s'),
  10n,
];

describe.each(VERSIONS)('%s', (_name, z) => {
  const shape = { x: z.number(), y: z.number().optional() };

  test.each([
    ['strip', z.object(shape)],
    ['strict', z.object(shape).strict()],
    ['passthrough', z.object(shape).passthrough()],
    ['catchall', z.object(shape).catchall(z.number())],
    ['no keys', z.object({})],
    ['no keys, strict', z.object({}).strict()],
    ['unknown values', z.object({ x: z.unknown(), y: z.any().optional() })],
    ['names that every object has', z.object({ constructor: z.unknown(), toString: z.string().optional() })],
    ['record', z.record(z.string(), z.number())],
    ['record of anything', z.record(z.string(), z.unknown())],
    ['record with keys of a pattern', z.record(z.string().regex(/^[a-z]$/), z.number().optional())],
    ['the first of several', z.union([z.object({}).passthrough(), z.object({ x: z.unknown() })])],
    ['nested', z.object({ x: z.object({ y: z.string() }).optional(), y: z.unknown() })],
  ])('%s', (_what, schema) => {
    expectGenerated(schema, values());
  });

  test('arrays with holes, getters and more than items', () => {
    const sparse = Object.assign(new Array(3), { 0: 1, 2: 3 });
    class List extends Array<number> {}
    const items = [
      sparse,
      [1, undefined, 3],
      List.of(1, 2),
      Object.assign([1, 2], { extra: 1 }),
      [NaN],
      [-0],
      new Array(3),
    ];
    expectGenerated(z.array(z.number()), items);
    expectGenerated(z.array(z.number().optional()), items);
    expectGenerated(z.array(z.unknown()), items);
    expectGenerated(z.array(z.array(z.number()).max(2)), [items, [[1], [2, 3]], [[1, 2, 3]]]);
    expectGenerated(z.object({ list: z.array(z.object(shape)) }), [
      {
        list: [
          { x: 1, z: 1 },
          { x: 2, y: 3 },
        ],
      },
      { list: [{}] },
    ]);
  });

  test('a property is read once', () => {
    const read = (schema: ReturnType<AnyZod['object']>) => {
      let reads = 0;
      const value = {
        get x() {
          reads += 1;
          return reads;
        },
      };
      return [schema.parse(value), reads];
    };
    expectGenerated(z.object(shape), [{ x: 1 }]);
    expect(read(nativeOf(z.object(shape)))).toEqual(read(z.object(shape)));
  });

  test('an error of a getter comes out as it is', () => {
    const value = {
      get x(): number {
        throw new RangeError('from the getter');
      },
    };
    expect(() => nativeOf(z.object(shape)).safeParse(value)).toThrow(new RangeError('from the getter'));
  });

  test('a polluted Object.prototype changes what it changes in Zod', () => {
    Object.defineProperty(Object.prototype, 'y', {
      value: 5,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    try {
      expectGenerated(z.object(shape), [{ x: 1 }, {}]);
      expectGenerated(z.object({ x: z.number() }).strict(), [{ x: 1 }]);
      expectGenerated(z.object({ x: z.number() }).passthrough(), [{ x: 1 }]);
      expectGenerated(z.record(z.string(), z.number()), [{ x: 1 }]);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'y');
    }
  });
});
