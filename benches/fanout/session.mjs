/** One server under test with its clients, each in a process of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { examplePath } from '../harness/cargo.mjs';
import { referenceDigest, templateText } from './events.mjs';
import { LineChild } from './line-child.mjs';
import { processCpu } from './process-cpu.mjs';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));

/**
 * Calls `work` with a session and ends both processes afterwards.
 *
 * @param {object} options what server.mjs gets; `digest`: the clients keep digests of what they get
 */
export async function withSession(options, work) {
  const server = startServer(options);
  let clients;
  try {
    const { port } = await server.answer();
    clients = new LineChild(examplePath('sse_clients'), [
      String(port),
      ...(options.digest ? ['digest'] : []),
    ]);
    return await work({ server, clients, cpu: () => processCpu(server.pid) });
  } finally {
    await clients?.end();
    await server.end();
  }
}

function startServer({ digest: _, ...options }) {
  if (options.contender !== 'raw-rust')
    return new LineChild(process.execPath, [SERVER, JSON.stringify(options)]);
  const template = join(options.dir, 'template.txt');
  writeFileSync(template, templateText());
  return new LineChild(examplePath('raw_writer'), [template]);
}

/** Opens the connections; each has its head when this resolves. */
export async function connect(clients, count, topics = 0, lastId = '') {
  const { heads, away } = await clients.ask(`connect ${count} ${topics} ${lastId}`.trim());
  if (heads < count || away > 0) throw new Error(`${count - heads} of ${count} connections did not begin`);
}

/** Throws unless every client got everything once and in order. */
export function assertDelivered(report, frames) {
  const { disorder, foreign, gaps, cut, ended, complaints } = report;
  if (report.frames === frames && disorder + foreign + gaps + cut + ended + complaints.length === 0) return;
  throw new Error(
    `${report.frames} frames of ${frames}; ${disorder} out of order, ${foreign} foreign, ${gaps} gaps, ` +
      `${cut} cut, ${ended} ended. ${complaints.join('; ')}`,
  );
}

/** Throws unless each client got, byte for byte, `counts(topic)` events. */
export function assertDigests(digests, countOf) {
  if (digests.length === 0) throw new Error('nobody got anything');
  for (const [topic, digest] of digests) {
    if (digest !== referenceDigest(countOf(topic ?? 0), topic ?? 0))
      throw new Error('what a client got is not what was emitted');
  }
}
