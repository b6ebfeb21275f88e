import { ManifestError } from '../../errors.js';
import { CommandError } from '../command.js';

/** Says in one line what kept the command from working. Other errors come back as they are. */
export function explainConnectorsFailure(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof ManifestError) return new CommandError(message);
  switch (code) {
    case 'EADDRINUSE':
      return new CommandError('the port is already in use; choose another one with --port');
    case 'EACCES':
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'ENOENT':
    case 'EISDIR':
      return new CommandError(message);
    default:
      // What the settings miss is said by a plain error.
      return /^CONNECTORS_\w+ is required/.test(message) ? new CommandError(message, 2) : error;
  }
}
