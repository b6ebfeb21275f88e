/** A server with one route and one of the stores. */
import { createRequire } from 'node:module';
import fastifyRateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';

const [contender, path] = process.argv.slice(2);
const fromRoot = createRequire(new URL('../../package.json', import.meta.url));
const app = Fastify();
if (contender !== 'no-limit') {
  const { sharedStore } = fromRoot('@cortex-os/native/fastify');
  const store =
    contender === 'shared-store'
      ? sharedStore({ shared: path, maxPerWindow: 1000, maxKeys: 1000 })
      : undefined;
  const keyGenerator = (request) => request.headers['x-client'];
  await app.register(fastifyRateLimit, {
    max: 1000,
    timeWindow: 60_000,
    keyGenerator,
    ...(store ? { store } : {}),
  });
}
app.get('/', async () => 'fine');
await app.listen({ port: 0, host: '127.0.0.1' });

let last = process.cpuUsage();
process.on('message', () => {
  const { user, system } = process.cpuUsage(last);
  last = process.cpuUsage();
  process.send((user + system) * 1000);
});
process.send(app.server.address().port);
