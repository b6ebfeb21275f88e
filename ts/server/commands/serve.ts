import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_CONFIG } from '../../asbr/config/index.js';
import { createEventManager } from '../../asbr/events/index.js';
import { setLogger } from '../../asbr/lib/index.js';
import { createASBRServer } from '../../asbr/server/index.js';
import type { Command, Terminal } from '../command.js';
import { loadLivePage } from '../live/live-page.js';
import { liveRoutes } from '../live/live-routes.js';
import { RunAccess } from '../live/run-access.js';
import { stopSignal } from '../stop-signal.js';
import { explainServeFailure } from './serve-failure.js';
import { parseServeOptions, SERVE_USAGE, type ServeOptions } from './serve-options.js';

/** `cortex-native serve`: the reference server, with defaults built in and everything it needs to be tried. */
export const serve: Command = {
  summary: 'start the server and its live page',
  usage: SERVE_USAGE,
  async run(args, terminal) {
    const options = parseServeOptions(args, process.env);
    // Notes of progress are for services that collect logs; failures still come out, on stderr.
    setLogger({ logInfo: () => {} });
    const running = await startServer(options).catch((error: unknown) => {
      throw explainServeFailure(error, options);
    });
    greet(terminal, running);
    await stopSignal();
    await running.stop();
    return 0;
  },
};

interface Running {
  url: string;
  access: RunAccess;
  ledgerPath: string;
  options: ServeOptions;
  stop(): Promise<void>;
}

async function startServer(options: ServeOptions): Promise<Running> {
  const { port, host, stateDir, durability } = options;
  await mkdir(stateDir, { recursive: true });
  const ledgerPath = join(stateDir, 'ledger.ndjson');
  const manager = createEventManager(DEFAULT_CONFIG, { ledgerPath, durability, ledgerRequired: true });
  const access = new RunAccess(randomBytes(32).toString('base64url'));
  const server = createASBRServer({
    port,
    host,
    eventManager: manager,
    autoCloseStreams: false,
    testBypass: false,
    extend: liveRoutes({ page: loadLivePage(), access, host }),
  });
  const stop = async () => {
    await server.stop();
    await manager.close();
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: urlOf(host, server.server?.address()), access, ledgerPath, options, stop };
}

/** Two lines that scripts look for, then what a person wants to try. */
function greet(terminal: Terminal, { url, access, ledgerPath, options }: Running): void {
  const input = { title: 'Hello', brief: 'My first task', inputs: [], scopes: ['tasks:create'] };
  const body = JSON.stringify({ input: { ...input, schema: 'cortex.task.input@1' } });
  terminal.out(`asbr listening on ${url}`);
  terminal.out(`asbr token ${access.token}`);
  terminal.out('');
  terminal.out(`Live page  ${url}/#${access.issueCode()}`);
  terminal.out(`Ledger     ${ledgerPath} (durability ${options.durability})`);
  terminal.out('');
  terminal.out('Open the live page, then post a task from another terminal:');
  terminal.out('');
  terminal.out(
    `curl -sS ${url}/v1/tasks -H 'Authorization: Bearer ${access.token}' -H 'Content-Type: application/json' ` +
      // Without a key of its own, the same task posted again within five minutes counts as the same request.
      `-H "Idempotency-Key: $(date +%s)" -d '${body}'`,
  );
  terminal.out('');
  terminal.out('Ctrl+C stops the server.');
}

function urlOf(host: string, address: unknown): string {
  const { port } = address as { port: number };
  // A wildcard is an address to listen on, not one to go to.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
