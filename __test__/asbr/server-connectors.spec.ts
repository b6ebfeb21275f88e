/** The routes of the server that answer with a map. */
import { verifyManifest } from '@cortex-os/native';
import { ConnectorServiceMapSchema, setLogger } from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { manifestFile, manifestText, replaceFile } from '../manifest/fixtures.js';
import { useServers } from './server-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

const KEY = 'test-secret';

describe('GET /v1/connectors/service-map', () => {
  useXdgSandbox();
  const start = useServers();
  let path: string;

  beforeEach(() => {
    path = manifestFile();
    vi.stubEnv('CONNECTORS_MANIFEST_PATH', path);
    vi.stubEnv('CONNECTORS_SIGNATURE_KEY', KEY);
    setLogger({ logInfo: () => {}, logError: () => {}, logWarn: () => {} });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('answers the signed map with a tag, and 304 to who has it', async () => {
    const server = await start();
    const { status, headers, body } = await server.call('/v1/connectors/service-map');
    expect(status).toBe(200);
    ConnectorServiceMapSchema.parse(body);
    verifyManifest(body, { keys: KEY });
    expect(headers.get('cache-control')).toBe('private, max-age=300');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const again = await fetch(`${server.url}/v1/connectors/service-map`, {
      headers: { Authorization: `Bearer ${server.token}`, 'If-None-Match': headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  test('follows the file, and the environment', async () => {
    const server = await start();
    const count = async () => {
      const { body } = await server.call<{ connectors: unknown[] }>('/v1/connectors/service-map');
      return body.connectors.length;
    };
    expect(await count()).toBe(3);
    replaceFile(path, manifestText(4));
    await expect.poll(count).toBe(4);
    vi.stubEnv('CONNECTORS_MANIFEST_PATH', manifestFile(manifestText(7)));
    expect(await count()).toBe(7);
  });

  test('failures keep their messages', async () => {
    const server = await start();
    const failure = async () => {
      const { status, body } = await server.call('/v1/connectors/service-map');
      return { status, ...body };
    };
    const broken = manifestFile('{}');
    vi.stubEnv('CONNECTORS_MANIFEST_PATH', broken);
    expect(await failure()).toMatchObject({
      status: 400,
      error: 'Invalid connectors manifest',
      details: { attempts: [{ path: broken, message: expect.stringContaining("'id'") }] },
    });
    // What was put right is served at once, whatever the watch has noticed.
    replaceFile(broken, manifestText());
    expect((await server.call('/v1/connectors/service-map')).status).toBe(200);
    vi.stubEnv('CONNECTORS_SIGNATURE_KEY', '');
    expect(await failure()).toMatchObject({
      status: 400,
      error: 'CONNECTORS_SIGNATURE_KEY environment variable is required',
    });
  });

  test('is listed among the routes, which have a tag too', async () => {
    const server = await start();
    const { headers, body } = await server.call<{ routes: { path: string }[] }>('/v1/service-map');
    expect(body.routes.map((route) => route.path)).toContain('/v1/connectors/service-map');
    const again = await fetch(`${server.url}/v1/service-map`, {
      headers: { Authorization: `Bearer ${server.token}`, 'If-None-Match': headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    expect(again.headers.get('cache-control')).toMatch(/^private, max-age=/);
  });
});
