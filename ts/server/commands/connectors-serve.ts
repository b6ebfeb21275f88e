import { settingsFromEnv, startConnectorsServer } from '../../connectors/index.js';
import type { Terminal } from '../command.js';
import { stopSignal } from '../stop-signal.js';

/** `connectors serve`: until a signal ends it. */
export async function serveConnectors(
  { port, host }: { port: number | undefined; host: string | undefined },
  terminal: Terminal,
): Promise<number> {
  const settings = settingsFromEnv();
  const service = await startConnectorsServer({
    ...settings,
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    manifest: { onWarning: ({ message }) => terminal.err(`warning: ${message}`) },
  });
  terminal.out(`connectors listening on ${service.url}`);
  terminal.out(state(service.runtime.manifest));
  await stopSignal();
  await service.stop();
  return 0;
}

/** A manifest that is not there yet is no reason to end: it may come. */
function state(manifest: { current(): { version: string; path: string } }): string {
  try {
    const { version, path } = manifest.current();
    return `serving version ${version} of ${path}`;
  } catch (error) {
    return `serving nothing yet: ${(error as Error).message}`;
  }
}
