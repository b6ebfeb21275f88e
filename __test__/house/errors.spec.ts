/** A code is API in three places: where it is raised, where callers narrow on it, where it is explained. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './root.js';

const CODE = /\bERR_[A-Z]+(?:_[A-Z]+)*\b/g;

function codesIn(text: string): string[] {
  return [...new Set(text.match(CODE) ?? [])].sort();
}

/** Codes the core can give, without what its tests say about them. */
function rustCodes(): string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((name) => name.endsWith('.rs') && !/\btests?\b/.test(name));
  const text = sources.map((name) => readFileSync(join(root, 'src', name), 'utf8')).join('\n');
  return codesIn((text.match(/"ERR_[A-Z_]+"/g) ?? []).join(' '));
}

/** The literals of the union in ts/errors.ts. */
function unionCodes(): string[] {
  const text = readFileSync(join(root, 'ts', 'errors.ts'), 'utf8');
  return codesIn((text.match(/'ERR_[A-Z_]+'/g) ?? []).join(' '));
}

/** One heading per code, with what stands under it. */
function documented(): Map<string, string> {
  const text = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
  const sections = text.split(/^### /m).slice(1);
  return new Map(sections.map((section) => [/^`(\w+)`/.exec(section)?.[1] ?? section, section]));
}

/** Where a domain keeps its codes, the names of the fields that each carries. */
function rustFields(): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const domain of ['log', 'ledger', 'events', 'schema', 'manifest', 'policy']) {
    const text = readFileSync(join(root, 'src', domain, 'error.rs'), 'utf8');
    const codeOf = new Map([...text.matchAll(/Self::(\w+)[^=\n]*=> "(ERR_\w+)"/g)].map((m) => [m[1], m[2]]));
    const body = text.slice(text.indexOf('fn fields'), text.indexOf('impl fmt::Display'));
    for (const arm of body.split(/(?=\bSelf::)/)) {
      const code = codeOf.get(/^Self::(\w+)/.exec(arm)?.[1] ?? '');
      if (code)
        fields.set(
          code,
          [...arm.matchAll(/\("(\w+)",/g)].map((match) => match[1] ?? ''),
        );
    }
  }
  return fields;
}

describe('error codes', () => {
  test('the core has some', () => {
    expect(rustCodes()).toContain('ERR_HUB_CLOSED');
  });

  test('the TypeScript union lists exactly those of the core', () => {
    expect(unionCodes()).toEqual(rustCodes());
  });

  test('docs/errors.md explains exactly those of the core', () => {
    expect([...documented().keys()].sort()).toEqual(rustCodes());
  });

  test('every code is named after its domain', () => {
    const odd = rustCodes().filter(
      (code) => !/^ERR_(LOG|LEDGER|HUB|SCHEMA|MANIFEST|POLICY)_/.test(code) && code !== 'ERR_INTERNAL',
    );
    expect(odd).toEqual([]);
  });

  test('docs/errors.md names every field that an error of the core carries', () => {
    const missing = [...rustFields()].flatMap(([code, names]) =>
      names
        .filter((name) => !documented().get(code)?.includes(`\`${name}\``))
        .map((name) => `${code}.${name}`),
    );
    expect(rustFields().size).toBeGreaterThan(5);
    expect(missing).toEqual([]);
  });
});
