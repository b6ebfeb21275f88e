/** What is served, when it changes, and what happens when it cannot be refreshed. */

import { generateKeyPairSync } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CortexError, type ManifestError, SignedManifest, verifyManifest } from '@cortex-os/native';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  connector,
  folder,
  KEY,
  manifestFile,
  manifestText,
  openManifest,
  replaceFile,
  until,
} from './fixtures.js';

function caught(work: () => unknown): ManifestError {
  try {
    work();
  } catch (error) {
    return error as ManifestError;
  }
  throw new Error('nothing was thrown');
}

const code = (work: () => unknown) => caught(work).code;

describe('what is current', () => {
  test('is a signed body with everything that goes with it', async () => {
    const path = manifestFile(
      manifestText(3, { manifestVersion: '1.2.3', generatedAt: '2025-10-10T00:00:00Z' }),
    );
    const manifest = await openManifest({ paths: path });
    const current = manifest.current();
    expect(current).toMatchObject({
      version: '1.2.3',
      generatedAt: '2025-10-10T00:00:00Z',
      keyId: 'k1',
      path,
      ttlSeconds: 300,
    });
    expect(current.connectors).toHaveLength(3);
    expect(current.staleSince).toBeUndefined();
    expect(current.headers).toMatchObject({
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': String(current.body.length),
      ETag: current.etag,
      'Cache-Control': 'private, max-age=300',
      'Cortex-Key-Id': 'k1',
    });
    expect(verifyManifest(current.body, { keys: KEY })).toMatchObject({
      algorithm: 'hmac-sha256',
      envelope: 'flat',
    });
    expect(
      SignedManifest.verify(JSON.parse(current.body.toString()), { keys: KEY, keyId: 'k1' }).keyId,
    ).toMatch(/^[0-9a-f]{8}$/);
    expect(manifest.current()).toBe(current);
  });

  test('changes with the file, is told once, and keeps its time while the content stays', async () => {
    const path = manifestFile();
    const manifest = await openManifest({ paths: path });
    const before = manifest.current();
    const told = vi.fn();
    manifest.subscribe(told);
    const messages: unknown[] = [];
    const onMessage = (message: unknown) => messages.push(message);
    subscribe('cortex:manifest:refresh', onMessage);
    onTestFinished(() => void unsubscribe('cortex:manifest:refresh', onMessage));
    // Other white space, the same content.
    replaceFile(path, JSON.stringify(JSON.parse(manifestText()), null, 4));
    await manifest.refresh();
    expect(manifest.current().etag).toBe(before.etag);
    replaceFile(path, manifestText(4));
    await until(manifest, () => manifest.current().connectors.length === 4);
    expect(manifest.current().etag).not.toBe(before.etag);
    // Whoever asks may know before the news is told.
    await vi.waitFor(() => expect(told).toHaveBeenCalled(), { timeout: 20_000 });
    expect(told).toHaveBeenCalledTimes(1);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ paths: path, version: '1.0.0' });
  });

  test('comes from the first candidate that can be used; the others are reported', async () => {
    const [missing, broken] = [join(folder(), 'missing.json'), manifestFile('{"id": 1}')];
    const manifest = await openManifest({ paths: [missing, broken, manifestFile()] });
    expect(manifest.current().attempts.map(({ path, code }) => [path, code])).toEqual([
      [missing, 'ERR_MANIFEST_READ'],
      [broken, 'ERR_MANIFEST_INVALID'],
    ]);
  });

  test('is any document, if asked for', async () => {
    const path = manifestFile('{"version": "7", "list": [1.0]}');
    const manifest = await openManifest({ paths: path, build: 'document', envelope: 'payload' });
    const { body, version } = manifest.current();
    expect(version).toBe('7');
    const { payload } = JSON.parse(body.toString()) as { payload: object };
    expect(payload).toEqual({ version: '7', list: [1], generatedAt: expect.any(String) });
    expect(verifyManifest(body, { keys: KEY }).envelope).toBe('payload');
  });

  test('warns once of what an operator should see to, and never says the value', async () => {
    const secret = 'hunter2';
    const connectors = [connector(0, { headers: { 'X-Api-Key': secret }, remoteTools: [{ name: 'get' }] })];
    const path = manifestFile(manifestText(1, { connectors }));
    const warnings: string[] = [];
    const manifest = await openManifest({ paths: path, onWarning: ({ message }) => warnings.push(message) });
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).toMatch(/connector-0000/);
    expect(warnings.join() + manifest.current().body.toString()).not.toContain(secret);
    await manifest.refresh();
    expect(warnings).toHaveLength(2);
    const open = await openManifest({ paths: path, publishHeaderValues: ['connector-0000'] });
    expect(open.current().body.toString()).toContain(secret);
    const strict = await openManifest({ paths: path, toolNames: 'strict' });
    expect(code(() => strict.current())).toBe('ERR_MANIFEST_UNAVAILABLE');
  });
});

describe('when refreshing fails', () => {
  test('the last good one stays with a reason, until it is too stale', async () => {
    const path = manifestFile();
    const manifest = await openManifest({ paths: path, staleIfErrorMs: 60_000 });
    const good = manifest.current();
    replaceFile(path, '{"id":');
    await until(manifest, () => manifest.current().staleSince !== undefined);
    const stale = manifest.current();
    expect(stale.etag).toBe(good.etag);
    expect(stale.reason).toContain('line 1, column 7');
    expect(stale.headers['Cache-Control']).toBe('private, no-cache');
    await expect(manifest.refresh()).rejects.toMatchObject({ code: 'ERR_MANIFEST_UNAVAILABLE' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    onTestFinished(() => void vi.useRealTimers());
    const error = caught(() => manifest.current());
    expect(error).toMatchObject({
      code: 'ERR_MANIFEST_STALE',
      fields: { limitMs: 60_000, sinceMs: stale.staleSince },
    });
    vi.useRealTimers();
    replaceFile(path, manifestText(4));
    await until(manifest, () => manifest.current().staleSince === undefined);
    expect(manifest.current().connectors).toHaveLength(4);
  });

  test('a thread that does not come back is noticed too', async () => {
    const manifest = await openManifest({ staleIfErrorMs: 1000, ttlMs: 60_000, pollMs: 1000 });
    manifest.current();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 65_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(code(() => manifest.current())).toBe('ERR_MANIFEST_STALE');
  });

  test('before the first good one the reasons are thrown, then it comes', async () => {
    const path = join(folder(), 'manifest.json');
    const manifest = await openManifest({ paths: path });
    const error = caught(() => manifest.current());
    expect(error.code).toBe('ERR_MANIFEST_UNAVAILABLE');
    expect(error.attempts).toEqual([
      { path, code: 'ERR_MANIFEST_READ', message: expect.stringContaining(path) },
    ]);
    const come = new Promise((resolve) => manifest.subscribe(resolve));
    writeFileSync(path, manifestText());
    await come;
    await until(manifest, () => manifest.stats().refreshes > 0 && isServing(manifest));
  });

  test('issues name place and rule', async () => {
    const path = manifestFile(manifestText(1, { connectors: [connector(0, { endpoint: 'nowhere' })] }));
    const manifest = await openManifest({ paths: path });
    const { attempts } = caught(() => manifest.current());
    expect(attempts[0]?.message).toContain('connectors.0.endpoint: must match format "uri"');
  });
});

function isServing(manifest: SignedManifest): boolean {
  try {
    manifest.current();
    return true;
  } catch {
    return false;
  }
}

describe('trust', () => {
  test('an older version is refused, also after a restart', async () => {
    const path = manifestFile(manifestText(3, { manifestVersion: '1.10.0' }));
    const ratchetPath = join(folder(), 'served.json');
    const manifest = await openManifest({ paths: path, ratchetPath });
    expect(manifest.current().version).toBe('1.10.0');
    replaceFile(path, manifestText(3, { manifestVersion: '1.9.9' }));
    await expect(manifest.refresh()).rejects.toThrow(/version 1.9.9 .* is older than version 1.10.0/);
    expect(manifest.current().version).toBe('1.10.0');
    await manifest.close();
    const restarted = await openManifest({ paths: path, ratchetPath });
    expect(caught(() => restarted.current()).attempts[0]?.code).toBe('ERR_MANIFEST_ROLLBACK');
    const careless = await openManifest({ paths: path, ratchetPath, allowRollback: true });
    expect(careless.current().version).toBe('1.9.9');
    writeFileSync(ratchetPath, 'damaged');
    await expect(openManifest({ paths: path, ratchetPath })).rejects.toMatchObject({
      code: 'ERR_MANIFEST_RATCHET',
    });
  });

  test('a frozen one is refused by both sides', async () => {
    const path = manifestFile(manifestText(1, { generatedAt: '2025-10-10T00:00:00Z' }));
    const frozen = await openManifest({ paths: path, maxAgeMs: 1000 });
    expect(caught(() => frozen.current()).attempts[0]?.code).toBe('ERR_MANIFEST_EXPIRED');
    const { body } = (await openManifest({ paths: path })).current();
    const at = Date.parse('2025-10-10T00:00:01Z');
    verifyManifest(body, { keys: KEY, maxAgeMs: 1000, now: at });
    expect(code(() => verifyManifest(body, { keys: KEY, maxAgeMs: 1000, now: at + 1 }))).toBe(
      'ERR_MANIFEST_EXPIRED',
    );
    expect(code(() => verifyManifest(body, { keys: KEY, notBefore: '2025-10-10T00:00:01Z' }))).toBe(
      'ERR_MANIFEST_ROLLBACK',
    );
  });

  test('keys rotate by file: the newest signs, the old one still verifies what it signed', async () => {
    const keyFile = join(folder(), 'keys.json');
    const write = (...ids: string[]) =>
      replaceFile(keyFile, JSON.stringify({ keys: ids.map((id) => ({ id, secret: `secret of ${id}` })) }));
    write('a');
    const manifest = await openManifest({ keys: { file: keyFile } });
    const before = manifest.current();
    write('b', 'a');
    await until(manifest, () => manifest.current().keyId === 'b');
    const after = manifest.current();
    expect(after.generatedAt).toBe(before.generatedAt);
    for (const { body, keyId } of [before, after]) {
      expect(verifyManifest(body, { keys: { file: keyFile } }).keyId).toBe(keyId);
    }
    write('b');
    expect(code(() => verifyManifest(before.body, { keys: { file: keyFile } }))).toBe(
      'ERR_MANIFEST_SIGNATURE',
    );
    rmSync(keyFile);
    await until(manifest, () => manifest.current().staleSince !== undefined);
    expect(manifest.current().keyId).toBe('b');
  });

  test('keys from the environment, and Ed25519', async () => {
    vi.stubEnv('MANIFEST_TEST_KEY', '{"keys":[{"id":"new","secret":"two"},{"id":"old","secret":"one"}]}');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await openManifest({ keys: { env: 'MANIFEST_TEST_KEY' } })).current().keyId).toBe('new');
    await expect(openManifest({ keys: { env: 'MANIFEST_TEST_NONE' } })).rejects.toMatchObject({
      code: 'ERR_MANIFEST_KEYS',
    });
    vi.stubEnv('MANIFEST_TEST_KEY', '{"keys":[{"secret":"hunter2"');
    const error: Error = await openManifest({ keys: { env: 'MANIFEST_TEST_KEY' } }).then(
      () => new Error(),
      (e) => e,
    );
    expect(error.message).not.toContain('hunter2');
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    for (const given of [privateKey, pem]) {
      const { body } = (
        await openManifest({ keys: { id: 'e', algorithm: 'ed25519', privateKey: given } })
      ).current();
      const verified = verifyManifest(body, { keys: [{ id: 'e', algorithm: 'ed25519', publicKey }, KEY] });
      expect(verified).toMatchObject({ algorithm: 'ed25519', keyId: 'e' });
    }
  });

  test('any change of a body breaks its signature', async () => {
    const { body } = (await openManifest({ keyId: 'metadata' })).current();
    expect(JSON.parse(body.toString()).metadata).toEqual({ keyId: 'k1' });
    const text = body.toString();
    for (const changed of [
      text.replace('"enabled":true', '"enabled":false'),
      text.replace('k1', 'k2'),
      text.slice(1),
    ]) {
      expect(() => verifyManifest(changed, { keys: KEY })).toThrow(CortexError);
    }
    expect(code(() => verifyManifest('{}', { keys: KEY }))).toBe('ERR_MANIFEST_SIGNATURE');
  });
});

describe('lifecycle', () => {
  test('wrong options are told by name', async () => {
    await expect(openManifest({ paths: [] })).rejects.toMatchObject({
      code: 'ERR_MANIFEST_OPTION_INVALID',
      fields: { option: 'paths' },
    });
    await expect(openManifest({ ttlMs: -1 })).rejects.toMatchObject({ fields: { option: 'ttlMs' } });
    await expect(openManifest({ build: 'x' as 'document' })).rejects.toMatchObject({
      fields: { option: 'build' },
    });
    await expect(openManifest({ keys: [] })).rejects.toMatchObject({ code: 'ERR_MANIFEST_KEYS' });
  });

  test('nothing works after close, which may be called twice', async () => {
    const manifest = await openManifest();
    await manifest.close();
    await manifest.close();
    expect(code(() => manifest.current())).toBe('ERR_MANIFEST_CLOSED');
    await expect((async () => manifest.refresh())()).rejects.toMatchObject({ code: 'ERR_MANIFEST_CLOSED' });
  });

  test('a listener that throws keeps the news from nobody', async () => {
    const path = manifestFile();
    const manifest = await openManifest({ paths: path });
    const warning = new Promise((resolve) => process.once('warning', resolve));
    manifest.subscribe(() => {
      throw new Error('listener');
    });
    replaceFile(path, manifestText(4));
    await until(manifest, () => manifest.current().connectors.length === 4);
    expect(String(await warning)).toContain('listener');
  });
});
