/**
 * The files of a bundle, read once, each with its tag and compressed forms.
 *
 * A name with a fingerprint never changes its content and is cached for good; everything else is asked for again.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { PreparedBody } from '../api/manifest-response.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** At least eight characters before the extension, with a digit: `app-3f9a1c2b.js`, `main.D8K2xQ0a.css`. */
const FINGERPRINT = /[.-](?=[\w-]*\d)[\w-]{8,}\.[a-z0-9]+$/i;
const COMPRESSIBLE = /^(text|application\/(json|wasm)|image\/svg)/;
const MIN_COMPRESSED_BYTES = 512;

/** Bodies by path below the bundle, `''` for its start page. */
export type Bundle = ReadonlyMap<string, PreparedBody>;

/** Reads all regular files below `directory`; `x.br` and `x.gz` beside `x` are its compressed forms. */
export async function loadBundle(directory: string): Promise<Bundle> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    // Links are left out: what they point to may lie outside.
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(relative(directory, path).split(sep).join('/'), await readFile(path));
  }
  const bundle = new Map<string, PreparedBody>();
  for (const [name, body] of files) {
    if (/\.(br|gz)$/.test(name) && files.has(name.slice(0, -3))) continue;
    const prepared = await prepare(name, body, files);
    bundle.set(name, prepared);
    if (/(^|\/)index\.html$/.test(name)) bundle.set(name.replace(/index\.html$/, ''), prepared);
  }
  return bundle;
}

async function prepare(
  name: string,
  body: Buffer,
  files: ReadonlyMap<string, Buffer>,
): Promise<PreparedBody> {
  const type = TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream';
  const tag = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  const forever = FINGERPRINT.test(name);
  return new PreparedBody(
    body,
    tag,
    {
      'Content-Type': type,
      'Cache-Control': forever ? 'private, max-age=31536000, immutable' : 'private, no-cache',
      'X-Content-Type-Options': 'nosniff',
    },
    await compressed(name, body, type, files),
  );
}

async function compressed(name: string, body: Buffer, type: string, files: ReadonlyMap<string, Buffer>) {
  const worth = COMPRESSIBLE.test(type) && body.length >= MIN_COMPRESSED_BYTES;
  const brotli = files.get(`${name}.br`) ?? (worth ? await promisify(brotliCompress)(body) : undefined);
  const zipped = files.get(`${name}.gz`) ?? (worth ? await promisify(gzip)(body) : undefined);
  const smaller = (bytes: Buffer | undefined) => (bytes && bytes.length < body.length ? bytes : undefined);
  return { brotli: smaller(brotli), gzip: smaller(zipped) };
}
