/** CPU time of a server per request, over HTTP on loopback, after its answer was proven equal to the reference. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KEY, manifestText } from '../data/manifest.mjs';
import { verifyManifest } from '../harness/native.mjs';
import { Client } from './client.mjs';
import { signedMap } from './plain.mjs';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));
const CONNECTIONS = 8;

export async function measureManifest({ case: name, contender, dir, requests, warmUp }) {
  const [connectors, status] = name.split('-').map(Number);
  const path = join(dir, 'manifest.json');
  writeFileSync(path, manifestText(connectors));
  const server = fork(SERVER, [contender, path]);
  try {
    const [{ port }] = await once(server, 'message');
    const client = new Client(port, CONNECTIONS);
    const etag = await proven(client, path);
    const headers = status === 304 ? { 'If-None-Match': etag } : {};
    await client.askMany(warmUp, CONNECTIONS, headers, status);
    const before = await cpuOf(server);
    await client.askMany(requests, CONNECTIONS, headers, status);
    const after = await cpuOf(server);
    client.close();
    return { cpu_us: (after - before) / requests };
  } finally {
    server.kill();
  }
}

/** The tag of a body that says what the reference says, and verifies. */
async function proven(client, path) {
  const { status, headers, body } = await client.ask();
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body), JSON.parse(JSON.stringify(await signedMap(path))));
  verifyManifest(body, { keys: KEY });
  return headers.etag;
}

async function cpuOf(server) {
  server.send('cpu');
  const [{ cpuUs }] = await once(server, 'message');
  return cpuUs;
}
