/** What a client gets: the same from node:http, Express and Fastify. */
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { SignedManifest } from '@cortex-os/native';
import express from 'express';
import fastify from 'fastify';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { manifestFile, openManifest, replaceFile, serving, until } from './fixtures.js';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** As bytes: fetch would decode and add headers of its own. */
function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { headers, method, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });
}

const servers: Record<string, (manifest: SignedManifest) => Promise<string>> = {
  'node:http': (manifest) => serving((req, res) => void manifest.respond(req, res)),
  Express: (manifest) => {
    const app = express();
    app.use((req, res) => void manifest.respond(req, res));
    return serving(app);
  },
  Fastify: async (manifest) => {
    const app = fastify();
    app.all('/*', (req, reply) => void manifest.respond(req, reply));
    onTestFinished(() => app.close());
    return app.listen({ port: 0, host: '127.0.0.1' });
  },
};

describe.each(Object.keys(servers))('over %s', (name) => {
  let manifest: SignedManifest;
  let url: string;

  beforeEach(async () => {
    manifest = await openManifest();
    url = await (servers[name] as (typeof servers)[string])(manifest);
  });

  test('200 with the body, HEAD without it', async () => {
    const { body, etag } = manifest.current();
    const whole = await get(url);
    expect(whole.status).toBe(200);
    expect(whole.body.equals(body)).toBe(true);
    expect(whole.headers).toMatchObject({
      etag,
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(body.length),
      'cache-control': 'private, max-age=300',
      vary: 'Accept-Encoding',
      'cortex-key-id': 'k1',
    });
    const head = await get(url, {}, 'HEAD');
    expect([head.status, head.body.length, head.headers['content-length'], head.headers.etag]).toEqual([
      200,
      0,
      String(body.length),
      etag,
    ]);
  });

  test('304 when the client has it already', async () => {
    const { etag } = manifest.current();
    const inner = etag.slice(1, -1);
    for (const known of [
      etag,
      `W/${etag}`,
      `"x", ${etag}`,
      `"a,b" , W/${etag} , "y"`,
      '*',
      `"${inner}-br"`,
      `"${inner}-gz"`,
    ]) {
      const answer = await get(url, { 'If-None-Match': known });
      expect([answer.status, answer.body.length], known).toEqual([304, 0]);
      expect(answer.headers).toMatchObject({
        etag,
        'cache-control': 'private, max-age=300',
        vary: 'Accept-Encoding',
      });
    }
    for (const other of ['"x"', inner, `"${inner}x"`, '""', `x"${inner}"`]) {
      expect((await get(url, { 'If-None-Match': other })).status, other).toBe(200);
    }
  });

  test('compressed as the client takes it, each form with a tag of its own', async () => {
    const { body, etag } = manifest.current();
    const inner = etag.slice(1, -1);
    const table: [string, string | undefined, string][] = [
      ['gzip, deflate, br', 'br', '-br'],
      ['gzip', 'gzip', '-gz'],
      ['br;q=0.1, gzip;q=0.9', 'gzip', '-gz'],
      ['*', 'br', '-br'],
      ['br;q=0, *', 'gzip', '-gz'],
      ['identity, br;q=0', undefined, ''],
      ['deflate', undefined, ''],
      ['identity;q=0', undefined, ''],
    ];
    for (const [accepted, encoding, suffix] of table) {
      const answer = await get(url, { 'Accept-Encoding': accepted });
      expect([answer.headers['content-encoding'], answer.headers.etag], accepted).toEqual([
        encoding,
        `"${inner}${suffix}"`,
      ]);
      const decode = { br: brotliDecompressSync, gzip: gunzipSync }[encoding as 'br' | 'gzip'];
      const plain = decode?.(answer.body) ?? answer.body;
      expect(plain.equals(body), accepted).toBe(true);
    }
  });

  test('405 for other methods, 503 without a manifest', async () => {
    const post = await get(url, {}, 'POST');
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
    await manifest.close();
    const closed = await get(url);
    expect([closed.status, closed.headers['cache-control'], closed.headers['retry-after']]).toEqual([
      503,
      'no-store',
      '5',
    ]);
    expect(JSON.parse(closed.body.toString())).toEqual({
      error: 'Service Unavailable',
      code: 'ERR_MANIFEST_CLOSED',
    });
  });
});

test('a caller may write the answer for "nothing to serve" itself', async () => {
  const manifest = await openManifest({ paths: manifestFile('{}') });
  const url = await serving((req, res) => {
    const status = manifest.respond(req, res, {
      unavailable: (error) => res.writeHead(418).end(String(error)),
    });
    expect(status).toBe(503);
  });
  const answer = await get(url);
  expect(answer.status).toBe(418);
  expect(answer.body.toString()).toContain("must have required property 'id'");
  expect(manifest.stats().responses).toEqual({ ok: 0, notModified: 0, unavailable: 1 });
});

test('a stale body is served with word that it must be asked for again', async () => {
  const path = manifestFile();
  const manifest = await openManifest({ paths: path, cache: 'public' });
  const url = await serving((req, res) => void manifest.respond(req, res));
  expect((await get(url)).headers['cache-control']).toBe('public, max-age=300');
  replaceFile(path, 'x');
  await until(manifest, () => manifest.current().staleSince !== undefined);
  expect((await get(url)).headers['cache-control']).toBe('public, no-cache');
});
