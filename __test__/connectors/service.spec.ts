/** Routes, bodies and messages of the connectors service. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { verifyManifest } from '@cortex-os/native';
import {
  ConnectorsRuntime,
  connectorsPlugin,
  connectorsRouter,
  settingsFromEnv,
  startConnectorsServer,
} from '@cortex-os/native/connectors';
import express from 'express';
import fastify from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  connector,
  folder,
  KEY,
  manifestFile,
  manifestText,
  replaceFile,
  serving,
} from '../manifest/fixtures.js';
import { API_KEY, startService } from './fixtures.js';

const MAP = '/v1/connectors/service-map';
const UNAVAILABLE = '[brAInwav] Unable to load connectors manifest from configured locations';

/** Asks for a target as it is; clients would normalise it. */
function statusOf(url: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, agent: false }, (res) => resolve(res.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

describe('service map', () => {
  test('is signed with its count, has a tag, and follows the file', async () => {
    const path = manifestFile(manifestText(2, { metadata: { owner: 'x' } }));
    const service = await startService({ manifestPath: path });
    const first = await service.call(MAP);
    const text = await first.text();
    expect(first.status).toBe(200);
    expect(JSON.parse(text).payload.metadata).toEqual({ brand: 'brAInwav', count: 2, owner: 'x' });
    expect(verifyManifest(text, { keys: KEY }).envelope).toBe('payload');
    const etag = first.headers.get('etag') ?? '';
    expect((await service.call(MAP, { 'If-None-Match': etag })).status).toBe(304);
    replaceFile(path, manifestText(3));
    await expect
      .poll(async () => (await (await service.call(MAP)).json()).payload.metadata)
      .toEqual({ count: 3 });
  });

  test('is 503 with the reason until there is one, as are stream and metrics', async () => {
    const path = join(folder(), 'manifest.json');
    const service = await startService({ manifestPath: path, enablePrometheus: true });
    for (const route of [MAP, '/v1/connectors/stream', '/metrics']) {
      const answer = await service.call(route);
      expect(answer.status).toBe(503);
      const body = await answer.json();
      expect(body).toMatchObject({ detail: UNAVAILABLE, code: 'ERR_MANIFEST_UNAVAILABLE' });
      expect(body.reason).toContain(path);
    }
    writeFileSync(path, manifestText());
    await expect.poll(async () => (await service.call(MAP)).status).toBe(200);
  });
});

describe('who may ask', () => {
  test.each([
    [undefined, 401, '[brAInwav] Missing Authorization header'],
    ['Basic eDp5', 401, '[brAInwav] Invalid Authorization header'],
    ['Bearer', 401, '[brAInwav] Invalid Authorization header'],
    ['Bearer wrong', 403, '[brAInwav] Invalid API key'],
    [`Bearer ${API_KEY}x`, 403, '[brAInwav] Invalid API key'],
  ])('%s gets %i', async (authorization, status, detail) => {
    const { url } = await startService({ enablePrometheus: true });
    for (const route of [MAP, '/v1/connectors/stream', '/metrics']) {
      const answer = await fetch(`${url}${route}`, { headers: authorization ? { authorization } : {} });
      expect([answer.status, await answer.json()]).toEqual([status, { detail }]);
      expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    }
  });

  test('the scheme is case-insensitive; health needs no key; other paths are not ours', async () => {
    const { url } = await startService();
    expect((await fetch(url + MAP, { headers: { authorization: `bEARER ${API_KEY}` } })).status).toBe(200);
    const health = await (await fetch(`${url}/health`)).json();
    expect(health).toEqual({ status: 'ok', brand: 'brAInwav', timestamp: expect.stringMatching(/\+00:00$/) });
    for (const path of ['/v1nope', '/metrics', '/appsx', '/']) {
      const answer = await fetch(url + path);
      expect([answer.status, await answer.json()], path).toEqual([404, { detail: 'Not Found' }]);
    }
    const post = await fetch(url + MAP, { method: 'POST', headers: { authorization: `Bearer ${API_KEY}` } });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('a target that is no URL is not ours either, and ends nothing', async () => {
    const { url } = await startService();
    for (const path of ['//', '//[', 'http://[', '*', '/%']) {
      expect(await statusOf(url, path), path).toBe(404);
    }
    expect(await statusOf(url, 'http://elsewhere.example/health')).toBe(200); // as a proxy asks
  });

  test('everybody, where that was asked for', async () => {
    const { url } = await startService({ noAuth: true });
    expect((await fetch(url + MAP)).status).toBe(200);
    await expect(ConnectorsRuntime.open({ signatureKeys: KEY })).rejects.toThrow(
      'CONNECTORS_API_KEY is required unless NO_AUTH=true',
    );
  });
});

test('metrics have one sample per connector, in the order of the manifest', async () => {
  const connectors = [connector(2), connector(1, { enabled: false }), connector(1)];
  const manifestPath = manifestFile(manifestText(3, { connectors }));
  const service = await startService({ enablePrometheus: true, manifestPath });
  const answer = await service.call('/metrics');
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const name = 'brainwav_mcp_connector_proxy_up';
  expect((await answer.text()).split('\n').slice(1)).toEqual([
    `# TYPE ${name} gauge`,
    `${name}{connector="connector-0002"} 1`,
    `${name}{connector="connector-0001"} 1`,
    '',
  ]);
});

describe('dashboard', () => {
  const base = '/apps/chatgpt-dashboard/';

  function bundle(): string {
    const path = folder();
    mkdirSync(join(path, 'assets'));
    writeFileSync(join(path, 'index.html'), `<!doctype html>${'<p>text</p>'.repeat(200)}`);
    writeFileSync(join(path, 'assets', 'app-3f9a1c2b.js'), 'export default 1;'.repeat(100));
    writeFileSync(join(path, 'assets', 'app-3f9a1c2b.js.br'), 'prepared');
    writeFileSync(join(path, 'logo.png'), Buffer.alloc(600, 7));
    symlinkSync('/etc/passwd', join(path, 'link.txt'));
    return path;
  }

  test('serves what is there, cached as its name allows', async () => {
    const { call } = await startService({ appsBundleDir: bundle() });
    const plain = { 'Accept-Encoding': 'identity' };
    const page = await call(base, plain);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('private, no-cache');
    const etag = page.headers.get('etag') ?? '';
    expect((await call(`${base}index.html`, { 'If-None-Match': etag })).status).toBe(304);
    const script = await call(`${base}assets/app-3f9a1c2b.js`, plain);
    expect(script.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(script.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await call(`${base}logo.png`)).headers.get('content-encoding')).toBeNull();
    const zipped = await call(base, { 'Accept-Encoding': 'gzip' });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(await zipped.text()).toContain('<!doctype html>');
    for (const path of ['link.txt', 'nothing', '../package.json', '..%2f..%2fetc/passwd', '%zz', 'assets/']) {
      expect((await call(base + path)).status, path).toBe(404);
    }
  });

  test('asks a browser for the key, and takes it as a password', async () => {
    const { url } = await startService({ appsBundleDir: bundle() });
    const open = (authorization?: string) =>
      fetch(url + base, authorization ? { headers: { authorization } } : {});
    expect((await open()).headers.get('www-authenticate')).toMatch(/^Bearer, Basic realm=/);
    const basic = (password: string) => `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;
    expect((await open(basic(API_KEY))).status).toBe(200);
    expect((await open(basic('wrong'))).status).toBe(401);
    expect((await open(`Bearer ${API_KEY}`)).status).toBe(200);
  });

  test('is 503 without a bundle', async () => {
    for (const settings of [{}, { appsBundleDir: join(folder(), 'missing') }]) {
      const answer = await (await startService(settings)).call(base);
      expect([answer.status, await answer.json()]).toEqual([
        503,
        { detail: '[brAInwav] Apps bundle not configured' },
      ]);
    }
  });
});

describe('inside another server', () => {
  const settings = () => ({ signatureKeys: KEY, apiKey: API_KEY, manifestPath: manifestFile() });
  const headers = { authorization: `Bearer ${API_KEY}` };

  test('Express', async () => {
    await using runtime = await ConnectorsRuntime.open(settings());
    const app = express();
    app.use('/inner', connectorsRouter(runtime));
    app.get('/inner/own', (_req, res) => void res.send('own'));
    const url = await serving(app);
    expect((await fetch(`${url}/inner${MAP}`, { headers })).status).toBe(200);
    expect(await (await fetch(`${url}/inner/own`)).text()).toBe('own');
  });

  test('Fastify', async () => {
    const runtime = await ConnectorsRuntime.open({ ...settings(), noAuth: true });
    const app = fastify();
    await app.register(connectorsPlugin(runtime), { prefix: '/inner' });
    app.get('/own', async () => 'own');
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => app.close());
    expect((await fetch(`${url}/inner${MAP}`)).status).toBe(200);
    expect((await fetch(`${url}/inner/apps/chatgpt-dashboard/x`)).status).toBe(503);
    expect(await (await fetch(`${url}/own`)).text()).toBe('own');
    // An open stream does not hold the server.
    const stream = await fetch(`${url}/inner/v1/connectors/stream`);
    await app.close();
    await stream.body?.cancel();
  });
});

describe('settings', () => {
  test('come from the environment', () => {
    expect(() => settingsFromEnv({})).toThrow('CONNECTORS_SIGNATURE_KEY is required');
    expect(() => settingsFromEnv({ CONNECTORS_SIGNATURE_KEY: 'k' })).toThrow(
      'CONNECTORS_API_KEY is required unless NO_AUTH=true',
    );
    expect(
      settingsFromEnv({ CONNECTORS_SIGNATURE_KEY: 'k', NO_AUTH: 'Yes', ENABLE_PROMETHEUS: '1' }),
    ).toEqual({
      signatureKeys: 'k',
      manifestPath: 'config/connectors.manifest.json',
      noAuth: true,
      enablePrometheus: true,
    });
    const env = {
      CONNECTORS_SIGNATURE_KEYS_FILE: '/k',
      CONNECTORS_API_KEY: 'a',
      CONNECTORS_MANIFEST_PATH: '/m',
      APPS_BUNDLE_DIR: '/b',
    };
    expect(settingsFromEnv(env)).toMatchObject({
      signatureKeys: { file: '/k' },
      apiKey: 'a',
      manifestPath: '/m',
      appsBundleDir: '/b',
    });
  });

  test('a port that is taken is told, and nothing is left', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const start = startConnectorsServer({
      signatureKeys: KEY,
      noAuth: true,
      manifestPath: manifestFile(),
      port,
    });
    await expect(start).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
