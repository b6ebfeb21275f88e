import { type Command, CommandError, type Terminal } from '../command.js';
import { explainConnectorsFailure } from './connectors-failure.js';
import { CONNECTORS_USAGE, type ConnectorsCommand, parseConnectorsOptions } from './connectors-options.js';
import { serveConnectors } from './connectors-serve.js';
import { printServiceMap } from './connectors-service-map.js';
import { verifyServiceMap } from './connectors-verify.js';

/** `cortex-native connectors …`: the connectors service and what its operators and clients need. */
export const connectors: Command = {
  summary: 'serve, print or verify the signed service map of connectors',
  usage: CONNECTORS_USAGE,
  async run(args, terminal) {
    const command = parseConnectorsOptions(args);
    try {
      return await perform(command, terminal);
    } catch (error) {
      throw error instanceof CommandError ? error : explainConnectorsFailure(error);
    }
  },
};

function perform(command: ConnectorsCommand, terminal: Terminal): Promise<number> {
  switch (command.name) {
    case 'serve':
      return serveConnectors(command, terminal);
    case 'service-map':
      return printServiceMap(command, terminal);
    case 'verify':
      return verifyServiceMap(command, terminal);
  }
}
