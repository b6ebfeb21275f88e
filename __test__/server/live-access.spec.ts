import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { beforeEach, describe, expect, test } from 'vitest';
import { StreamReader } from '../asbr/events-fixtures.js';
import { type Served, useCli } from './serve-process.js';

const { serve } = useCli();
let served: Served;

beforeEach(async () => {
  served = await serve();
});

const codeOf = ({ liveUrl }: Served) => new URL(liveUrl).hash.slice(1);

interface Sent {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  text: string;
}

/** A request whose headers are what the test says, as `fetch` would not allow. */
async function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<Sent> {
  const sent = request(served.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

async function signIn(): Promise<string> {
  const { headers } = await send('POST', '/session', { authorization: `Bearer ${served.token}` });
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

describe('the live page', () => {
  test('is one document that may load nothing and may not be framed', async () => {
    const { status, headers, text } = await send('GET', '/');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'sha256-[^']+'/);
    expect(policy).toMatch(/style-src 'sha256-[^']+'/);
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(text).not.toMatch(/(src|href)="https?:/);
  });
});

describe('a session of the live page', () => {
  test('is opened by the code of the printed link, once', async () => {
    const body = { code: codeOf(served) };
    const { status, headers } = await send('POST', '/session', {}, body);
    expect(status).toBe(204);
    const [cookie] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^cortex_live_\w+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/v1; Max-Age=\d+$/);
    expect((await send('POST', '/session', {}, body)).status).toBe(401);
  });

  test('is opened by the token, and by nothing else', async () => {
    expect(await signIn()).toMatch(/^cortex_live_/);
    for (const body of [undefined, {}, { code: '' }, { code: 'wrong' }, { code: 7 }]) {
      const { status, headers } = await send('POST', '/session', {}, body);
      expect([status, headers['set-cookie']]).toEqual([401, undefined]);
    }
  });

  test('may follow events and read, and do nothing else', async () => {
    const cookie = await signIn();
    const reader = new StreamReader(`${served.url}/v1/events?stream=sse`, { cookie });
    const id = await served.postTask('seen');
    await reader.untilEvents(1);
    reader.close();
    expect((await send('GET', `/v1/tasks/${id}`, { cookie })).status).toBe(200);
    expect((await send('GET', '/v1/profiles/x', { cookie })).status).toBe(403);
    expect((await send('POST', '/v1/tasks', { cookie }, {})).status).toBe(401);
    expect((await send('POST', `/v1/tasks/${id}/cancel`, { cookie })).status).toBe(401);
  });

  test('is of no use under another name of this machine, or to another page', async () => {
    const cookie = await signIn();
    const { host, port } = new URL(served.url);
    const statusWith = async (headers: Record<string, string>) =>
      (await send('GET', '/v1/service-map', { cookie, ...headers })).status;
    expect(await statusWith({})).toBe(200);
    expect(await statusWith({ host: `localhost:${port}` })).toBe(200);
    expect(await statusWith({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await statusWith({ host: `rebound.example:${port}` })).toBe(401);
    expect(await statusWith({ host: `127.0.0.1.example:${port}` })).toBe(401);
    expect(await statusWith({ origin: 'http://127.0.0.1:1' })).toBe(401);
    expect(await statusWith({ 'sec-fetch-site': 'same-site' })).toBe(401);
    expect(await statusWith({ 'sec-fetch-site': 'cross-site' })).toBe(401);
  });

  test('cannot be opened from another origin, whoever has the code', async () => {
    const body = { code: codeOf(served) };
    for (const headers of [{ origin: 'https://example.com' }, { host: 'rebound.example' }]) {
      expect((await send('POST', '/session', headers, body)).status).toBe(403);
    }
    expect((await send('POST', '/session', {}, body)).status).toBe(204);
  });

  test('of another run is not accepted', async () => {
    const cookie = await signIn();
    const other = await serve();
    const { status } = await fetch(`${other.url}/v1/service-map`, { headers: { cookie } });
    expect(status).toBe(401);
  });
});
