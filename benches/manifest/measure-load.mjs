/** Requests at a fixed rate, whether earlier ones were answered or not; their latencies as a client sees them. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KEY, manifestText } from '../data/manifest.mjs';
import { verifyManifest } from '../harness/native.mjs';
import { quantile } from '../harness/stats.mjs';
import { Client } from './client.mjs';

const SERVER = fileURLToPath(new URL('./load-server.mjs', import.meta.url));
const CONNECTIONS = 64;
/** The finest timer there is: the wait for it counts as latency, because that begins when a request is due. */
const TICK_MS = 1;

export async function measureLoad({ contender, dir, connectors, requestsPerSecond, eventsPerSecond, forMs }) {
  writeFileSync(join(dir, 'manifest.json'), manifestText(connectors));
  const server = fork(SERVER, [contender, dir, String(eventsPerSecond)]);
  try {
    const [{ port }] = await once(server, 'message');
    const client = new Client(port, CONNECTIONS);
    const { body, headers } = await client.ask();
    verifyManifest(body, { keys: KEY });
    await openLoop(client, headers.etag, requestsPerSecond, forMs / 4);
    const latencies = await openLoop(client, headers.etag, requestsPerSecond, forMs);
    server.send('emitted');
    const [{ emitted, seconds }] = await once(server, 'message');
    assert(emitted > 0.9 * eventsPerSecond * (seconds - 0.5), `only ${emitted} events in ${seconds} s`);
    client.close();
    return {
      p50_ms: quantile(latencies, 0.5),
      p95_ms: quantile(latencies, 0.95),
      p99_ms: quantile(latencies, 0.99),
    };
  } finally {
    server.kill();
  }
}

/** Every second request has the tag. A latency begins when the request was due. */
async function openLoop(client, etag, perSecond, forMs) {
  const latencies = [];
  const pending = [];
  const start = performance.now();
  const total = Math.floor((perSecond * forMs) / 1000);
  for (let sent = 0; sent < total; ) {
    const now = performance.now();
    for (; sent < total && start + (sent / perSecond) * 1000 <= now; sent += 1) {
      pending.push(one(client, etag, sent % 2 === 1, start + (sent / perSecond) * 1000, latencies));
    }
    await sleep(TICK_MS);
  }
  await Promise.all(pending);
  return latencies;
}

async function one(client, etag, known, due, latencies) {
  const { status } = await client.ask(known ? { 'If-None-Match': etag } : {});
  assert.equal(status, known ? 304 : 200);
  latencies.push(performance.now() - due);
}
