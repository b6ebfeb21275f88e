import { CommandError } from '../command.js';
import type { ServeOptions } from './serve-options.js';

/** Errors of Node and of this package. */
interface KnownError extends Error {
  code?: string;
  path?: string;
  fields?: { path?: string; pid?: number };
}

/** Says in one line why the server could not start, and what to do about it. Other errors come back as they are. */
export function explainServeFailure(error: unknown, { port, host, stateDir }: ServeOptions): unknown {
  const { code, path, fields, message } = error as KnownError;
  switch (code) {
    case 'EADDRINUSE':
      return new CommandError(`port ${port} of ${host} is already in use; choose another one with --port`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CommandError(`${host} is no address of this machine; choose another one with --host`);
    case 'ERR_LEDGER_LOCKED':
      return new CommandError(
        `the ledger ${fields?.path ?? stateDir} is in use${fields?.pid ? ` by process ${fields.pid}` : ''}; ` +
          'stop that one first or choose another folder with --state-dir',
      );
    case 'ERR_LEDGER_OPEN':
    case 'ERR_LEDGER_FORMAT':
      return new CommandError(`cannot use the folder ${stateDir}: ${oneLine(message)}`);
    case 'EACCES':
    case 'EPERM':
      // The same codes come from a port below 1024 and from a folder.
      return new CommandError(
        path
          ? `may not write to the folder ${stateDir}: permission denied`
          : `may not listen on port ${port} of ${host}`,
      );
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOENT':
    case 'ENOSPC':
      return new CommandError(`cannot use the folder ${stateDir}: ${oneLine(message)}`);
    default:
      return code === undefined ? error : new CommandError(oneLine(message));
  }
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
