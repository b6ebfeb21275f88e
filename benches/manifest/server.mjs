/** A server of one contender in a process of its own, which tells its CPU time when asked. */
import { createServer } from 'node:http';

const [contender, path] = process.argv.slice(2);
const { open } = await import(`./${contender}.mjs`);
const server = createServer(await open(path));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

// Of all threads: what works beside the event loop is paid for too.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpuUs: user + system });
});
