/** `cortex-native compile`: what it writes works without anything else. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, 'bin', 'cortex-native.js');
let folder: string;

const SCHEMAS = `
import { z } from ${JSON.stringify(pathToFileURL(join(root, 'node_modules/zod/index.js')).href)};
const part = z.object({ kind: z.literal('a'), x: z.string().min(2) });
export const Event = z.object({
  id: z.string().uuid(),
  count: z.number().int().min(1).default(5),
  tags: z.array(z.string().min(2)).max(3).optional(),
  part: z.discriminatedUnion('kind', [part, z.object({ kind: z.literal('b'), y: z.number() })]),
  map: z.record(z.string(), z.number()),
  pair: z.tuple([z.string(), z.number()]),
  any: z.union([z.string(), z.object({ q: z.boolean() }).strict()]).nullable(),
});
export const is1 = part;
export const NeedsZod = z.string().transform((text) => text.length);
export const Moving = z.object({ at: z.number().default(() => Date.now()) });
export default Event;
`;

const JSON_SCHEMA = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 2 },
    list: { type: 'array', items: { $ref: '#/$defs/item' } },
  },
  required: ['name'],
  additionalProperties: false,
  $defs: { item: { anyOf: [{ type: 'integer' }, { type: 'array', items: { $ref: '#/$defs/item' } }] } },
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compile-'));
  writeFileSync(join(folder, 'schemas.mjs'), SCHEMAS);
  writeFileSync(join(folder, 'my-schema.json'), JSON.stringify(JSON_SCHEMA));
  writeFileSync(join(folder, 'risky.json'), JSON.stringify({ pattern: '^(a+)+$' }));
  writeFileSync(join(folder, 'wrong.json'), JSON.stringify({ properties: { a: { type: 'text' } } }));
});
afterAll(() => rmSync(folder, { recursive: true }));

function compile(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'compile', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** What a module answers in a process that makes no code from text and finds no package. */
function run(script: string): unknown {
  writeFileSync(join(folder, 'run.mjs'), script);
  const flags = ['--disallow-code-generation-from-strings'];
  return JSON.parse(
    execFileSync(process.execPath, [...flags, join(folder, 'run.mjs')], { cwd: folder, encoding: 'utf8' }),
  );
}

const EVENT = {
  id: '3f1a3c1e-8a4b-4c7e-9d5f-0a1b2c3d4e5f',
  part: { kind: 'a', x: 'xx', stripped: 1 },
  map: { a: 1 },
  pair: ['a', 1],
  any: { q: true },
  stripped: 2,
};

describe('schemas of zod', () => {
  test('every export that can be compiled, the others named', () => {
    const { status, stdout, stderr } = compile('schemas.mjs', '-o', 'out.mjs');
    expect([status, stdout]).toEqual([0, 'out.mjs: Event, is1Schema\n']);
    expect(stderr).toContain('left out NeedsZod: at "": transform');
    expect(stderr).toContain('left out Moving: at "/properties/at": a default that may change');
    const code = readFileSync(join(folder, 'out.mjs'), 'utf8');
    expect(code).not.toMatch(/\beval\b|new Function|\bimport\b|\brequire\b/);
  });

  test('give what zod gives, and the first issue', () => {
    compile('schemas.mjs#Event', '-o', 'event.mjs');
    const wrong = { ...EVENT, part: { kind: 'a', x: 'x' } };
    expect(
      run(`import { Event, INVALID } from './event.mjs';
        const event = ${JSON.stringify(EVENT)}, wrong = ${JSON.stringify(wrong)};
        let thrown; try { Event.parse(wrong); } catch (error) { thrown = [error.name, error.code, error.issues, error.message]; }
        console.log(JSON.stringify({
          copy: Event.copy(event), is: [Event.is(event), Event.is(wrong)], invalid: Event.copy(wrong) === INVALID,
          standIn: Event.parse(wrong, () => 'stand-in'), safe: [Event.safeParse(event).success, Event.safeParse(wrong).error.issues.length],
          thrown,
        }));`),
    ).toEqual({
      copy: {
        id: EVENT.id,
        count: 5,
        part: { kind: 'a', x: 'xx' },
        map: { a: 1 },
        pair: ['a', 1],
        any: { q: true },
      },
      is: [true, false],
      invalid: true,
      standIn: 'stand-in',
      safe: [true, 1],
      thrown: [
        'ValidationError',
        'ERR_SCHEMA_MISMATCH',
        [
          {
            code: 'minLength',
            message: 'must have at least 2 characters',
            path: ['part', 'x'],
            schemaPath: '/properties/part/oneOf/0/properties/x',
          },
        ],
        'part.x must have at least 2 characters',
      ],
    });
  });

  test('CommonJS by the ending or by option, with declarations beside it', () => {
    expect(compile('schemas.mjs#Event', '-o', 'event.cjs').status).toBe(0);
    expect(compile('schemas.mjs#Event', '-o', 'folder/event.js', '--format', 'cjs').status).toBe(0);
    for (const file of ['event.cjs', 'folder/event.js']) {
      expect(readFileSync(join(folder, file), 'utf8')).toContain('module.exports = { INVALID, Event };');
    }
    const declared = readFileSync(join(folder, 'folder/event.d.ts'), 'utf8');
    expect(readFileSync(join(folder, 'event.d.cts'), 'utf8')).toBe(declared);
    expect(declared).toContain(
      'export declare const Event: Validator<{ id: string; count: number; tags?: (string)[] | undefined; ' +
        'part: { kind: "a"; x: string } | { kind: "b"; y: number }; map: Record<string, number>; ' +
        'pair: [string, number]; any: string | { q: boolean } | null }>;',
    );
  });
});

describe('a JSON Schema', () => {
  test('is named after its file', () => {
    expect(compile('my-schema.json', '-o', 'json.mjs')).toMatchObject({
      status: 0,
      stdout: 'json.mjs: mySchema\n',
    });
    const rows = [
      { name: 'ab', list: [1, [2, []]] },
      { name: 'a' },
      {},
      { name: 'ab', extra: 1 },
      { name: 'ab', list: ['x'] },
    ];
    expect(
      run(`import { mySchema } from './json.mjs';
        console.log(JSON.stringify(${JSON.stringify(rows)}.map((row) => mySchema.safeParse(row)).map((result) =>
          result.success || result.error.issues.map(({ code, path }) => [code, ...path]))));`),
    ).toEqual([
      true,
      [['minLength', 'name']],
      [['required', 'name']],
      [['additionalProperties', 'extra']],
      [['anyOf', 'list', 0]],
    ]);
  });
});

describe('a wrong call is told in one line', () => {
  test.each([
    [[], 2, 'which schema'],
    [['my-schema.json'], 2, '-o must name a file'],
    [['my-schema.json', '-o', 'x.txt'], 2, '-o must name a file'],
    [['my-schema.json', '-o', 'x.js', '--format', 'amd'], 2, '--format must be esm or cjs'],
    [['my-schema.json', '-o', 'x.js', '--fast'], 2, '--fast'],
    [['none.json', '-o', 'x.js'], 1, 'none.json'],
    [['none.mjs', '-o', 'x.js'], 1, 'none.mjs could not be loaded'],
    [['schemas.mjs#Nothing', '-o', 'x.js'], 1, 'has no schema "Nothing"'],
    [['schemas.mjs#NeedsZod', '-o', 'x.js'], 1, 'needs more than this code'],
    [['risky.json', '-o', 'x.js'], 1, 'needs more than this code'],
    [['wrong.json', '-o', 'x.js'], 1, 'wrong.json#/properties/a'],
    [['my-schema.json', 'my-schema.json', '-o', 'x.js'], 1, 'two schemas named "mySchema"'],
  ])('%j', (args, code, message) => {
    const { status, stdout, stderr } = compile(...args);
    expect([status, stdout]).toEqual([code, '']);
    expect(stderr).toMatch(/^cortex-native: compile: .*\n$/);
    expect(stderr).toContain(message);
  });

  test('unless the schema is trusted', () => {
    expect(compile('risky.json', '-o', 'risky.mjs', '--trusted').status).toBe(0);
  });
});
