/** An Express server with the middleware and a shared table, in a process of its own. */

import { TableLimiter } from '@cortex-os/native';
import { rateLimit } from '@cortex-os/native/express';
import express from 'express';

const budgets = [{ limit: 10, windowMs: 60_000 }];
const limiter = await TableLimiter.open({ budgets, shared: process.argv[2], maxKeys: 64 });
const app = express();
app.use(rateLimit({ limiter }), (_req, res) => void res.send('fine'));
const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.once('message', () => {
  server.closeAllConnections();
  server.close(() => process.disconnect());
});
