/** Builds the clients and the raw writer, and names what cannot run here. */
import { buildExample } from '../harness/cargo.mjs';
import { ensureDependencies } from '../harness/deps.mjs';

export function prepareFanOut(contenders) {
  ensureDependencies();
  const reason =
    process.platform !== 'linux'
      ? 'the clients and the CPU clock of the fan-out benchmarks want Linux'
      : (buildExample('sse_clients').reason ?? buildExample('raw_writer').reason);
  return reason === undefined ? [] : contenders.map((contender) => ({ contender, reason }));
}
