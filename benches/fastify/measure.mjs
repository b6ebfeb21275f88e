/** The server runs in a process of its own and tells what CPU it used; this process sends the requests. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));
const CONNECTIONS = 16;
const CLIENTS = 200;

export async function measureFastify({ contender, requests, dir }) {
  const child = fork(SERVER, [contender, join(dir, 'limits')]);
  const [port] = await once(child, 'message');
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const send = (count) => sendAll(agent, port, count, contender !== 'no-limit');
  try {
    await send(Math.min(requests, 3000));
    await ask(child);
    await send(requests);
    const cpuNs = await ask(child);
    return { cpu_ns: cpuNs / requests };
  } finally {
    agent.destroy();
    child.kill();
    await once(child, 'exit');
  }
}

/** CPU of the server since the last question. */
async function ask(child) {
  child.send('cpu');
  const [cpuNs] = await once(child, 'message');
  return cpuNs;
}

async function sendAll(agent, port, count, limited) {
  let next = 0;
  const one = async () => {
    while (next < count) {
      const client = next % CLIENTS;
      next += 1;
      const response = await get(agent, port, client);
      const counted = response.headers['x-ratelimit-remaining'] !== undefined;
      // Equal outputs: every request is served, and counted exactly where a limit is set.
      if (response.statusCode !== 200 || counted !== limited)
        throw new Error(`status ${response.statusCode}, counted ${counted}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
}

function get(agent, port, client) {
  return new Promise((resolve, reject) => {
    const headers = { 'x-client': `client ${client}` };
    const sent = request({ agent, port, host: '127.0.0.1', headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response));
    });
    sent.on('error', reject);
    sent.end();
  });
}
