import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { type ArtifactRef, generateToken, getDataPath, type Profile } from '@cortex-os/native/asbr';
import { describe, expect, test } from 'vitest';
import { useServers } from './server-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();
const startServer = useServers();

const profile = {
  skill: 'expert',
  tools: ['search'],
  a11y: { keyboardOnly: true },
  schema: 'cortex.profile@1',
};

async function artifactFile(fields: Partial<ArtifactRef> = {}, content = 'content'): Promise<ArtifactRef> {
  const id = randomUUID();
  const path = getDataPath('artifacts', id);
  await writeFile(path, content);
  const digest = createHash('sha256').update(content).digest('hex');
  return {
    id,
    kind: 'doc',
    path,
    digest,
    createdAt: new Date().toISOString(),
    schema: 'cortex.artifact@1',
    ...fields,
  };
}

describe('profiles', () => {
  test('are made with an id of the server, read bare, and replaced whole', async () => {
    const { call } = await startServer();
    const body = { profile: { ...profile, id: 'mine' } };
    const made = await call<{ profile: Profile }>('/v1/profiles', { method: 'POST', body });
    expect(made).toMatchObject({ status: 200, body: { profile } });
    const path = `/v1/profiles/${made.body.profile.id}`;
    expect((await call(path)).body).toEqual(made.body.profile);
    const replaced = await call(path, {
      method: 'PUT',
      body: { profile: { ...profile, skill: 'beginner', tools: [] } },
    });
    expect(replaced.body).toEqual({ profile: { ...made.body.profile, skill: 'beginner', tools: [] } });
    expect((await call(path)).body).toMatchObject({ skill: 'beginner' });
  });

  test.each([undefined, {}, { profile: 'text' }, { profile: { ...profile, skill: 'none' } }])(
    'refuse %j with 400',
    async (body) => {
      const { call } = await startServer();
      const answer = await call('/v1/profiles', { method: 'POST', body });
      expect(answer).toMatchObject({
        status: 400,
        body: { error: 'Invalid profile', code: 'VALIDATION_ERROR' },
      });
      expect(answer.body.details).toMatchObject({
        errors: expect.arrayContaining([expect.objectContaining({ path: ['skill'] })]),
      });
    },
  );

  test('unknown ones are 404, also when the body is bad', async () => {
    const { call } = await startServer();
    const missing = { status: 404, body: { error: 'Profile not found', code: 'NOT_FOUND' } };
    expect(await call('/v1/profiles/unknown')).toMatchObject(missing);
    expect(await call('/v1/profiles/unknown', { method: 'PUT' })).toMatchObject(missing);
  });

  test('are at most maxProfiles', async () => {
    const { call } = await startServer({ maxProfiles: 2 });
    const ids: string[] = [];
    for (let made = 0; made < 3; made++) {
      const { body } = await call<{ profile: Profile }>('/v1/profiles', {
        method: 'POST',
        body: { profile },
      });
      ids.push(body.profile.id);
    }
    const found = await Promise.all(ids.map(async (id) => (await call(`/v1/profiles/${id}`)).status));
    expect(found).toEqual([404, 200, 200]);
  });
});

describe('artifacts', () => {
  test('are listed in pages, by kind and date', async () => {
    const { call, server } = await startServer();
    const days = ['01', '02', '03', '04', '05'];
    for (const day of days) {
      const kind = day === '03' ? 'plan' : 'doc';
      server.addArtifact(await artifactFile({ kind, createdAt: `2025-01-${day}T00:00:00.000Z` }));
    }
    const list = async (query: string) => (await call<Listing>(`/v1/artifacts${query}`)).body;
    expect(await list('')).toMatchObject({ total: 5, hasMore: false, page: 1, pageSize: 50 });
    expect(await list('?limit=2&offset=2')).toMatchObject({ total: 5, hasMore: true, page: 2, pageSize: 2 });
    expect((await list('?limit=2&offset=4')).artifacts).toHaveLength(1);
    expect((await list('?kind=plan')).artifacts.map(({ kind }) => kind)).toEqual(['plan']);
    const between = await list('?createdAfter=2025-01-02T00:00:00Z&createdBefore=2025-01-04T00:00:00Z');
    expect(between.total).toBe(3);
  });

  test.each([
    'limit=0',
    'limit=abc',
    'limit=-1',
    'limit=1.5',
    'limit=5000',
    'limit=1&limit=2',
    'offset=-1',
    'offset=x',
    'createdAfter=soon',
    'kind=a&kind=b',
  ])('refuse ?%s with 400', async (query) => {
    const { call } = await startServer();
    expect(await call(`/v1/artifacts?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_ERROR' },
    });
  });

  test('are sent with their digest and can be revalidated', async () => {
    const { call, server, url, token } = await startServer();
    const artifact = await artifactFile({}, 'the content');
    server.addArtifact(artifact);
    const answer = await call<string>(`/v1/artifacts/${artifact.id}`);
    expect(answer.body).toBe('the content');
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('digest')).toBe(
      `sha-256=${createHash('sha256').update('the content').digest('base64')}`,
    );
    const etag = answer.headers.get('etag') ?? '';
    expect(etag).toBe(`"${artifact.digest}"`);
    const revalidated = get(`${url}/v1/artifacts/${artifact.id}`, {
      headers: { authorization: `Bearer ${token}`, 'if-none-match': etag },
    });
    const [response] = await once(revalidated, 'response');
    expect(response.statusCode).toBe(304);
  });

  test('that are unknown, or whose file is gone, are 404', async () => {
    const { call, server } = await startServer();
    const gone = await artifactFile({ path: getDataPath('artifacts', 'gone') });
    server.addArtifact(gone);
    for (const id of ['unknown', gone.id]) {
      expect(await call(`/v1/artifacts/${id}`)).toMatchObject({
        status: 404,
        body: { error: 'Artifact not found' },
      });
    }
  });

  test('must be well-formed to be added', async () => {
    const { server } = await startServer();
    expect(() => server.addArtifact({ id: 'x' } as ArtifactRef)).toThrow('Invalid artifact');
  });
});

interface Listing {
  artifacts: ArtifactRef[];
  total: number;
}

describe('GET /v1/service-map', () => {
  test('lists the routes in the order they were registered', async () => {
    const { call } = await startServer();
    const { body } = await call<{ routes: { path: string; methods: string[]; version: string }[] }>(
      '/v1/service-map',
    );
    expect(body.routes.map(({ path, methods }) => `${methods.join()} ${path}`)).toEqual([
      'POST /v1/tasks',
      'GET /v1/tasks/:id',
      'POST /v1/tasks/:id/cancel',
      'POST /v1/tasks/:id/resume',
      'GET /v1/events',
      'POST /v1/profiles',
      'GET /v1/profiles/:id',
      'PUT /v1/profiles/:id',
      'GET /v1/artifacts',
      'GET /v1/artifacts/:id',
      'GET /v1/service-map',
      'GET /v1/connectors/service-map',
    ]);
    expect(new Set(body.routes.map(({ version }) => version))).toEqual(new Set(['v1']));
  });
});

describe('every response', () => {
  test('carries the standard headers and a trace', async () => {
    const { url } = await startServer({ cacheTtlMs: 5_000 });
    const { headers } = await fetch(`${url}/health`);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-xss-protection': '1; mode=block',
      'cache-control': 'private, max-age=5',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    });
  });

  test.each([
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', true],
    ['00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', false],
    ['01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', false],
    [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, false],
    [`00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`, false],
    ['nonsense', false],
  ])('with traceparent %s: kept is %s', async (traceparent, kept) => {
    const { url } = await startServer();
    const { headers } = await fetch(`${url}/health`, { headers: { traceparent } });
    expect(headers.get('traceparent') === traceparent).toBe(kept);
  });

  test('to a body that is no JSON is 400, to one that is too large 413, and neither needs a token', async () => {
    const { call } = await startServer();
    const send = (body: string) =>
      call('/v1/tasks', { method: 'POST', body, headers: { authorization: '' } });
    const broken = await send('{');
    expect(broken).toMatchObject({ status: 400, body: { code: 'INVALID_JSON', error: expect.any(String) } });
    expect(broken.headers.get('traceparent')).toBeNull();
    expect(await send(JSON.stringify('x'.repeat(11 << 20)))).toMatchObject({
      status: 413,
      body: { code: 'PAYLOAD_TOO_LARGE', error: 'request entity too large' },
    });
  });

  test('to what the client did wrong is no internal error', async () => {
    const { call } = await startServer();
    expect(await call('/v1/tasks/%ff')).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    const headers = { 'content-type': 'application/json; charset=nonsense' };
    expect((await call('/v1/tasks', { method: 'POST', body: '{}', headers })).status).toBe(415);
  });

  test('under /v1 needs a token with the scope of the route', async () => {
    const { call } = await startServer();
    expect(await call('/v1/service-map', { headers: { authorization: '' } })).toMatchObject({
      status: 401,
      body: { error: 'Authentication required', code: 'AUTHENTICATION_ERROR' },
    });
    const { token } = await generateToken(['tasks:read']);
    const headers = { authorization: `Bearer ${token}` };
    expect((await call('/v1/tasks/unknown', { headers })).status).toBe(404);
    expect(await call('/v1/tasks', { method: 'POST', headers })).toMatchObject({
      status: 403,
      body: { error: 'Insufficient privileges', required: ['tasks:create'], available: ['tasks:read'] },
    });
  });

  test('to 300 requests at once with one token is 200', async () => {
    const { call } = await startServer();
    const answers = await Promise.all(Array.from({ length: 300 }, () => call('/v1/service-map')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
