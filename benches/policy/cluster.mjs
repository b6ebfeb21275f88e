/** rate-limiter-flexible for clusters: counters in the primary, a message there and back for every decision. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const PARALLEL = 128;

/** A decision asks a worker of the cluster to take one; batches of them, so that only its own messages are timed. */
export async function openCluster(perMinute) {
  const { RateLimiterClusterMaster } = require('rate-limiter-flexible');
  new RateLimiterClusterMaster();
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./cluster-worker.mjs', import.meta.url)),
    args: [String(perMinute)],
  });
  const worker = cluster.fork();
  const ready = (message) => message === 'ready';
  await answer(worker, ready);
  const ask = async (count) => {
    worker.send({ take: count });
    const { taken } = await answer(worker, (message) => message?.taken !== undefined);
    return taken;
  };
  return {
    decide: () => ask(1),
    decideMany: ask,
    batch: PARALLEL,
    close: async () => {
      worker.kill();
      await once(worker, 'exit');
    },
  };
}

/** The store's own messages come along the same way, several in one turn: a listener that stays misses none. */
function answer(worker, wanted) {
  return new Promise((resolve) => {
    const listen = (message) => {
      if (!wanted(message)) return;
      worker.off('message', listen);
      resolve(message);
    };
    worker.on('message', listen);
  });
}
