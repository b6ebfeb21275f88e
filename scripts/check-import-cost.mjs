/** Importing the package must stay cheap: it is paid by every start of every process. */
import { importCost } from './import-cost.mjs';

const MAX_MS = 40;
// 3.6 of them are pages of the addon, two thirds of which schemas are.
const MAX_MIB = 13;

export function checkImportCost() {
  const { ms, mib } = importCost();
  console.log(`+${ms.toFixed(1)} ms (limit ${MAX_MS}), +${mib.toFixed(1)} MiB (limit ${MAX_MIB})`);
  return ms <= MAX_MS && mib <= MAX_MIB;
}
