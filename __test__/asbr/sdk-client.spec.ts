import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ASBRClient,
  ASBRError,
  createASBRClient,
  createTask,
  createTaskInput,
  type Profile,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ZodError } from 'zod';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  authorization: string | undefined;
  key: string | string[] | undefined;
  body: unknown;
}

const task = createTask();
const input = createTaskInput('T', 'B');
const seen: Seen[] = [];
let server: Server;
let baseUrl = '';
let answer: (res: ServerResponse, req: IncomingMessage) => void;

const json =
  (body: unknown, status = 200) =>
  (res: ServerResponse) => {
    res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };

beforeEach(async () => {
  seen.length = 0;
  server = createServer(async (req, res) => {
    const text = (await req.toArray()).join('');
    seen.push({
      method: req.method,
      url: req.url,
      authorization: req.headers.authorization,
      key: req.headers['idempotency-key'],
      body: text ? JSON.parse(text) : undefined,
    });
    answer(res, req);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  server.close();
  server.closeAllConnections();
});

describe('the requests of the client', () => {
  test('createTask sends the key in header and body and gives a handle', async () => {
    const client = createASBRClient({ baseUrl, token: 'tok' });
    answer = json({ task });
    const ref = await client.createTask(input, { idempotencyKey: 'k1' });
    expect(ref).toMatchObject({ id: task.id, status: 'queued' });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/v1/tasks',
        authorization: 'Bearer tok',
        key: 'k1',
        body: { input: JSON.parse(JSON.stringify(input)), idempotencyKey: 'k1' },
      },
    ]);

    answer = json({ task: { ...task, status: 'running' } });
    expect((await ref.getTask()).status).toBe('running');
    expect(ref.status).toBe('queued');
    answer = json({ success: true });
    await ref.cancel();
    await ref.resume();
    expect(seen.slice(1).map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /v1/tasks/${task.id}`,
      `POST /v1/tasks/${task.id}/cancel`,
      `POST /v1/tasks/${task.id}/resume`,
    ]);
  });

  test('without key or token send none', async () => {
    answer = json({ task });
    await new ASBRClient({ baseUrl }).createTask(input);
    expect(seen[0]).toMatchObject({ authorization: undefined, key: undefined });
    expect(seen[0]?.body).not.toHaveProperty('idempotencyKey');
  });

  const profile: Omit<Profile, 'id'> = { skill: 'expert', tools: [], a11y: {}, schema: 'cortex.profile@1' };

  test.each([
    ['getTask', (client: ASBRClient) => client.getTask('a/b?c'), { task }, 'GET /v1/tasks/a%2Fb%3Fc'],
    ['cancelTask', (client: ASBRClient) => client.cancelTask('../x'), {}, 'POST /v1/tasks/..%2Fx/cancel'],
    ['resumeTask', (client: ASBRClient) => client.resumeTask('#'), {}, 'POST /v1/tasks/%23/resume'],
    ['getProfile', (client: ASBRClient) => client.getProfile('p 1'), profile, 'GET /v1/profiles/p%201'],
    [
      'upsertProfile without id',
      (client: ASBRClient) => client.upsertProfile(profile),
      { profile },
      'POST /v1/profiles',
    ],
    [
      'upsertProfile with an id that is undefined',
      (client: ASBRClient) => client.upsertProfile({ ...profile, id: undefined as unknown as string }),
      { profile },
      'POST /v1/profiles',
    ],
    [
      'upsertProfile with id',
      (client: ASBRClient) => client.upsertProfile({ ...profile, id: 'p/1' }),
      { profile },
      'PUT /v1/profiles/p%2F1',
    ],
    ['listArtifacts', (client: ASBRClient) => client.listArtifacts(), { artifacts: [] }, 'GET /v1/artifacts'],
    [
      'listArtifacts with a query',
      (client: ASBRClient) =>
        client.listArtifacts({ kind: 'diff', limit: 0, createdAfter: undefined as unknown as string }),
      { artifacts: [] },
      'GET /v1/artifacts?kind=diff&limit=0',
    ],
  ])('%s', async (_what, call, body, line) => {
    answer = json(body);
    await call(createASBRClient({ baseUrl }));
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([line]);
  });

  test('go to the right place when the base URL ends with a slash', async () => {
    answer = json({ task });
    await createASBRClient({ baseUrl: `${baseUrl}/` }).getTask('x');
    expect(seen[0]?.url).toBe('/v1/tasks/x');
  });
});

describe('artifacts', () => {
  const content = Buffer.from('content');
  const hash = createHash('sha256').update(content).digest('base64');
  const serve = (digest: string | undefined) => (res: ServerResponse) => {
    if (digest !== undefined) res.setHeader('Digest', digest);
    res.setHeader('ETag', '"e"');
    res.end(content);
  };

  test.each([[`sha-256=${hash}`], [`sha-256:${hash}`], [`SHA-256=${hash}`], ['md5=whatever'], [undefined]])(
    'with the digest %s come as they are',
    async (digest) => {
      answer = serve(digest);
      const artifact = await createASBRClient({ baseUrl }).getArtifact('a');
      expect(Buffer.from(artifact.content)).toEqual(content);
      expect(artifact).toMatchObject({ digest: digest ?? '', etag: '"e"' });
    },
  );

  test('that are damaged are refused', async () => {
    answer = serve(`sha-256=${Buffer.alloc(32).toString('base64')}`);
    await expect(createASBRClient({ baseUrl }).getArtifact('a')).rejects.toMatchObject({
      code: 'ARTIFACT_DIGEST_MISMATCH',
      details: { actual: hash },
    });
  });
});

describe('the service map', () => {
  test('must have its shape', async () => {
    answer = json({ id: 'x' });
    await expect(createASBRClient({ baseUrl }).getConnectorServiceMap()).rejects.toBeInstanceOf(ZodError);
  });
});

describe('a request that fails', () => {
  test.each([
    [404, { error: 'Task not found', code: 'NOT_FOUND' }, 'NOT_FOUND'],
    [500, { error: 'x' }, 'API_REQUEST_FAILED'],
    [429, null, 'API_REQUEST_FAILED'],
  ])('with %d has status, body and code', async (status, body, code) => {
    answer = json(body, status);
    const error = await createASBRClient({ baseUrl })
      .getTask('x')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ASBRError);
    expect(error).toMatchObject({
      message: `API request failed: ${status} ${JSON.stringify(body)}`,
      statusCode: status,
      code,
    });
  });

  test('by a redirect does not follow it', async () => {
    answer = (res) => res.writeHead(302, { Location: `${baseUrl}/elsewhere` }).end();
    await expect(createASBRClient({ baseUrl }).getTask('x')).rejects.toThrow('API request failed: 302 ');
    expect(seen).toHaveLength(1);
  });

  test('because nobody listens gives the error of fetch', async () => {
    server.close();
    await expect(createASBRClient({ baseUrl }).getTask('x')).rejects.toThrow(TypeError);
  });

  test('because nobody answers is given up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    // Answers nothing until it is told to stop.
    vi.stubGlobal('fetch', (_url: string, { signal }: { signal: AbortSignal }) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    const request = createASBRClient({ baseUrl }).getTask('x');
    const outcome = expect(request).rejects.toMatchObject({
      message: '[brAInwav] Request timeout after 30000ms',
      code: 'REQUEST_TIMEOUT',
    });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await outcome;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the token', () => {
  /** A client whose caller can ask for any path. */
  class OpenClient extends ASBRClient {
    ask(path: string) {
      return this.fetch(path);
    }
  }

  test.each([
    ['http://127.0.0.1', '@example.test/x', "Host 'example.test' not in allowlist: 127.0.0.1"],
    ['http://127.0.0.1:80', '80/x', "Host '127.0.0.1:8080' not in allowlist: 127.0.0.1"],
    ['http://127.0.0.1', ':x/y', 'Invalid URL: http://127.0.0.1:x/y'],
    ['ftp://127.0.0.1', '/x', "Protocol 'ftp:' not allowed. Allowed: http:, https:"],
  ])('of %s does not go to %s', async (base, path, reason) => {
    const asked = vi.fn();
    vi.stubGlobal('fetch', asked);
    await expect(new OpenClient({ baseUrl: base, token: 't' }).ask(path)).rejects.toMatchObject({
      message: `[brAInwav] Safe fetch blocked: ${reason}`,
      code: 'SAFE_FETCH_BLOCKED',
    });
    expect(asked).not.toHaveBeenCalled();
  });

  test('has no client without a base URL that is one', () => {
    expect(() => createASBRClient({ baseUrl: 'not a url' })).toThrow(TypeError);
  });
});
