/** The worker of cluster.mjs. */
import { createRequire } from 'node:module';

const { RateLimiterCluster } = createRequire(import.meta.url)('rate-limiter-flexible');
const limiter = new RateLimiterCluster({ keyPrefix: 'bench', points: Number(process.argv[2]), duration: 60 });

process.on('message', async (message) => {
  if (message?.take === undefined) return;
  const one = () =>
    limiter.consume('git-map:tree').then(
      () => 1,
      () => 0,
    );
  const answers = await Promise.all(Array.from({ length: message.take }, one));
  process.send({ taken: answers.reduce((sum, yes) => sum + yes, 0) });
});
process.send('ready');
