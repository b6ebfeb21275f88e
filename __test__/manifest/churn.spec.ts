/** A thousand renames and two hundred swapped links under load: everything is seen, nothing goes back, all verifies. */
import { Agent, get } from 'node:http';
import { type SignedManifest, verifyManifest } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import {
  ConfigMap,
  KEY,
  manifestFile,
  manifestText,
  openManifest,
  replaceFile,
  serving,
  until,
} from './fixtures.js';

const CLIENTS = 4;
const text = (version: number) =>
  manifestText(5, { manifestVersion: `1.0.${version}`, metadata: { version } });

interface Load {
  /** Ends the clients and gives the versions each of them saw, in order. */
  stop(): Promise<number[][]>;
}

/** Clients that ask without a pause, half of the time with the tag they have. */
function load(url: string): Load {
  const agent = new Agent({ keepAlive: true });
  let running = true;
  const clients = Array.from({ length: CLIENTS }, async () => {
    const seen: number[] = [];
    let etag: string | undefined;
    for (let turn = 0; running; turn += 1) {
      const known = etag !== undefined && turn % 2 === 1 ? { 'If-None-Match': etag } : {};
      const { status, body, tag } = await ask(url, agent, known);
      if (status === 304) continue;
      if (status !== 200) throw new Error(`status ${status}`);
      verifyManifest(body, { keys: KEY });
      etag = tag;
      seen.push(JSON.parse(body.toString()).metadata.version);
    }
    return seen;
  });
  return {
    async stop() {
      running = false;
      const seen = await Promise.all(clients);
      agent.destroy();
      return seen;
    },
  };
}

function ask(url: string, agent: Agent, headers: Record<string, string>) {
  return new Promise<{ status: number; body: Buffer; tag: string | undefined }>((resolve, reject) => {
    get(url, { agent, headers }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, body: Buffer.concat(chunks), tag: res.headers.etag }),
      );
    }).on('error', reject);
  });
}

/** Publishes versions 1 to `count`, each as soon as the one before is served. */
async function churn(
  manifest: SignedManifest,
  count: number,
  publish: (text: string) => void,
): Promise<void> {
  for (let version = 1; version <= count; version += 1) {
    publish(text(version));
    await until(manifest, () => manifest.current().version === `1.0.${version}`);
  }
}

function expectForward(clients: number[][], last: number): void {
  for (const seen of clients) {
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((version, index) => index === 0 || version >= (seen[index - 1] as number))).toBe(true);
  }
  expect(Math.max(...clients.flat())).toBe(last);
}

describe('under load', () => {
  test('1000 atomic renames', async () => {
    const path = manifestFile(text(0));
    // The watch alone: polling would hide what it misses.
    const manifest = await openManifest({ paths: path, pollMs: 3_600_000, ttlMs: 3_600_000, debounceMs: 0 });
    const clients = load(await serving((req, res) => void manifest.respond(req, res)));
    await churn(manifest, 1000, (next) => replaceFile(path, next));
    expectForward(await clients.stop(), 1000);
    expect(manifest.stats().responses.unavailable).toBe(0);
  }, 120_000);

  test('200 swaps of a ConfigMap', async () => {
    const map = new ConfigMap(text(0));
    const manifest = await openManifest({
      paths: map.path,
      pollMs: 3_600_000,
      ttlMs: 3_600_000,
      debounceMs: 0,
    });
    const clients = load(await serving((req, res) => void manifest.respond(req, res)));
    await churn(manifest, 200, (next) => map.publish(next));
    expectForward(await clients.stop(), 200);
    expect(manifest.stats().responses.unavailable).toBe(0);
  }, 60_000);

  test('a burst of renames: the last one is what is served', async () => {
    const path = manifestFile(text(0));
    const manifest = await openManifest({ paths: path });
    for (let version = 1; version <= 300; version += 1) replaceFile(path, text(version));
    await until(manifest, () => manifest.current().version === '1.0.300');
    expect(manifest.stats().refreshes).toBeLessThan(300);
  });
});
