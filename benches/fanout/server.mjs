/**
 * A server under test, in a process of its own: `node server.mjs '{"contender": NAME, "dir": FOLDER, ...}'`. Prints
 * `{"port": N}`, then takes commands, one a line, and answers each by one line of JSON:
 *
 * - `emit COUNT PER_SECOND [TOPICS]` emits at that pace, topic after topic.
 * - `flood COUNT TOPICS WINDOW` emits as fast as taken: at most WINDOW frames more than the clients have acknowledged.
 * - `ack FRAMES` acknowledges, without an answer. `watch` begins to watch the delay of the loop. `stats` tells numbers.
 */
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { makeEvent } from './events.mjs';

const BACKLOG = 4096;
const BURST = 64;
const WATCH_MS = 10;

const options = JSON.parse(process.argv[2]);
const { open } = await import(`./contenders/${options.contender}.mjs`);
const contender = await open(options);
const delay = monitorEventLoopDelay({ resolution: WATCH_MS });
const sent = { events: 0, byTopic: [] };
const acknowledge = { frames: 0, heard: () => {} };

function answerRequest(req, res) {
  if (req.url === '/other') {
    res.writeHead(200, { 'content-length': 4 });
    res.end('ok\r\n');
    return;
  }
  contender.attach(req, res, req.url.split('topic=')[1]);
}

// The sweep that looks for slow requests visits every connection: not during a measurement.
const server = createServer({ connectionsCheckingInterval: 3_600_000, requestTimeout: 0 }, answerRequest);
server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () => say({ port: server.address().port }));

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(' ');
  const numbers = words.map(Number);
  if (command === 'ack') hearAcknowledgement(numbers[0]);
  else if (command === 'emit') void emitPaced(...numbers).then(sayEmitted, failed);
  else if (command === 'flood') void flood(...numbers).then(sayEmitted, failed);
  else if (command === 'watch') watch();
  else say({ ...process.memoryUsage(), stats: contender.stats?.() });
}
process.exit(0);

/** The timer is set for the next event that is due, so that waiting costs nothing. */
async function emitPaced(count, perSecond, topics = 1) {
  const begun = performance.now();
  for (let i = 0; i < count; ) {
    const early = begun + (i * 1000) / perSecond - performance.now();
    if (early > 0) {
      await sleep(Math.max(1, early));
      continue;
    }
    i += 1;
    await emitNext(topics);
  }
}

async function flood(count, topics, window) {
  let frames = acknowledge.frames;
  for (let i = 0; i < count; ) {
    while (i < count && frames - acknowledge.frames < window) {
      for (const end = Math.min(i + BURST, count); i < end; i += 1) await emitNext(topics);
      frames += (BURST * options.connections) / topics;
      await turn();
    }
    if (i < count) {
      await new Promise((heard) => {
        acknowledge.heard = heard;
      });
    }
  }
}

function emitNext(topics) {
  const t = sent.events % topics;
  sent.events += 1;
  sent.byTopic[t] ??= 0;
  const event = makeEvent(sent.byTopic[t], t);
  sent.byTopic[t] += 1;
  return contender.emit(event) ?? contender.settle?.();
}

function hearAcknowledgement(frames) {
  acknowledge.frames = frames;
  acknowledge.heard();
}

function watch() {
  delay.enable();
  delay.reset();
  say({});
}

function sayEmitted() {
  const loopDelayP99Ms = delay.count > 0 ? Math.max(0, delay.percentile(99) / 1e6 - WATCH_MS) : undefined;
  say({ emitted: sent.events, loopDelayP99Ms });
}

function failed(error) {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
