/** Every code of the domain is provoked, arrives as its class, and has the fields that docs/errors.md promises. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CortexError, canonicalizeJson, ManifestError, verifyManifest } from '@cortex-os/native';
import { assertManifestDocument } from '@cortex-os/native/asbr';
import { expect, onTestFinished, test, vi } from 'vitest';
import { root } from '../house/root.js';
import { connector, folder, KEY, manifestFile, manifestText, openManifest } from './fixtures.js';

const old = () => manifestFile(manifestText(1, { generatedAt: '2025-10-10T00:00:00Z' }));

async function bodyOf(paths: string): Promise<Buffer> {
  return (await openManifest({ paths })).current().body;
}

/** What gives each code. */
const provocations: Record<string, () => unknown> = {
  ERR_MANIFEST_UNAVAILABLE: async () => (await openManifest({ paths: '/nowhere' })).refresh(),
  ERR_MANIFEST_READ: async () => (await openManifest({ keys: { file: '/nowhere' } })).current(),
  ERR_MANIFEST_JSON: () => canonicalizeJson('['),
  ERR_MANIFEST_INVALID: () => {
    try {
      assertManifestDocument({});
    } catch (error) {
      throw (error as Error).cause;
    }
  },
  ERR_MANIFEST_ROLLBACK: async () =>
    verifyManifest(await bodyOf(old()), { keys: KEY, notBefore: '2026-01-01T00:00:00Z' }),
  ERR_MANIFEST_EXPIRED: async () => verifyManifest(await bodyOf(old()), { keys: KEY, maxAgeMs: 1 }),
  ERR_MANIFEST_STALE: async () => {
    const path = manifestFile();
    const manifest = await openManifest({ paths: path, staleIfErrorMs: 0 });
    writeFileSync(path, '{');
    await manifest.refresh().catch(() => undefined);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 });
    onTestFinished(() => void vi.useRealTimers());
    manifest.current();
  },
  ERR_MANIFEST_RATCHET: () => {
    const ratchetPath = join(folder(), 'ratchet.json');
    writeFileSync(ratchetPath, 'x');
    return openManifest({ ratchetPath });
  },
  ERR_MANIFEST_KEYS: () => openManifest({ keys: '' }),
  ERR_MANIFEST_SIGNATURE: () => verifyManifest('{"signature":"x"}', { keys: KEY }),
  ERR_MANIFEST_CLOSED: async () => {
    const manifest = await openManifest();
    await manifest.close();
    return manifest.refresh();
  },
  ERR_MANIFEST_OPTION_INVALID: () => openManifest({ pollMs: 0.5 }),
};

test('all codes are here', () => {
  const union =
    readFileSync(join(root, 'ts', 'errors.ts'), 'utf8').match(/'ERR_MANIFEST_[A-Z_]+[A-Z]'/g) ?? [];
  const codes = [...new Set(union.map((text) => text.slice(1, -1)))];
  // A form that cannot be made is an attempt that failed; see below.
  expect([...Object.keys(provocations), 'ERR_MANIFEST_FORM'].sort()).toEqual(codes.sort());
});

test.each(Object.keys(provocations))('%s', async (code) => {
  const error: unknown = await (async () => provocations[code]?.())().then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ManifestError);
  expect(error).toBeInstanceOf(CortexError);
  expect((error as ManifestError).code).toBe(code);
  const documented =
    readFileSync(join(root, 'docs', 'errors.md'), 'utf8')
      .split(`### \`${code}\``)[1]
      ?.split('### ')[0] ?? '';
  for (const name of Object.keys((error as ManifestError).fields))
    expect(documented).toContain(`\`${name}\``);
});

test('ERR_MANIFEST_FORM', async () => {
  const odd = manifestFile(manifestText(1, { connectors: [connector(0)] }));
  for (const options of [
    { paths: odd, compat: true },
    { paths: manifestFile('[]'), build: 'document' as const },
  ]) {
    const error: ManifestError = await (await openManifest(options)).refresh().catch((thrown) => thrown);
    expect(error.attempts[0]?.code).toBe('ERR_MANIFEST_FORM');
  }
});
