/** A Fastify server with the real plugin and the shared store, in a process of its own. */

import { sharedStore } from '@cortex-os/native/fastify';
import fastifyRateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';

const app = Fastify();
const store = sharedStore({ shared: process.argv[2], maxKeys: 64 });
await app.register(fastifyRateLimit, { max: 10, timeWindow: 60_000, store });
app.get('/', async () => 'fine');
app.get('/few', { config: { rateLimit: { max: 2, timeWindow: 60_000, ban: 1 } } }, async () => 'few');
await app.listen({ port: 0, host: '127.0.0.1' });
process.send(app.server.address().port);
process.once('message', () => app.close().then(() => process.disconnect()));
