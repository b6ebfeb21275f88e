/** Another language verifies what we signed, from the documented form alone. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { canonicalizeJson } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { connector, KEY, manifestFile, manifestText, openManifest } from './fixtures.js';

const script = join(import.meta.dirname, 'verify_map.py');
const python = ['python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0);

function run(body: Buffer, key = KEY) {
  const { status, stdout, stderr } = spawnSync(python as string, [script, key], { input: body });
  return { status, signed: stdout, complaint: stderr.toString() };
}

const contents: Record<string, object> = {
  ASCII: { owner: 'platform', list: [1, 'a', null, true], quoted: 'a "b" \\ /' },
  'non-ASCII': { größe: 'größer', 漢字: ['é', '\u2028', '\u007f'], control: '\u0000\u001f\n' },
  floats: {
    list: [
      0,
      -0,
      1.0,
      0.1,
      -1.5,
      1e20,
      1e21,
      1e-6,
      1e-7,
      1.7976931348623157e308,
      5e-324,
      2 ** 53,
      123456789.125,
      100,
    ],
  },
  'astral keys': { '😀': 1, '\ufb33': 2, z: 3, '\u{10ffff}': 4, '\uffff': 5 },
};

describe('Python, standard library only', () => {
  test.for(Object.keys(contents))('verifies %s', async (name, { skip }) => {
    if (!python) {
      if (process.env.CORTEX_NEVER_SKIP === '1') throw new Error('python3 is missing');
      skip('python3 is missing');
    }
    const connectors = [connector(0, { metadata: contents[name] })];
    for (const envelope of ['flat', 'payload'] as const) {
      const paths = manifestFile(manifestText(1, { connectors, metadata: contents[name] as object }));
      const { body } = (await openManifest({ paths, envelope, count: envelope === 'payload' })).current();
      const { status, signed, complaint } = run(body);
      expect([status, complaint], envelope).toEqual([0, '']);
      const { signature: _, ...flat } = JSON.parse(body.toString());
      expect(signed.toString()).toBe(canonicalizeJson(flat.payload ?? flat).toString());
      expect(run(body, 'another').status).toBe(1);
    }
  });
});
