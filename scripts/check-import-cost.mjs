/** Importing the package must stay cheap: it is paid by every start of every process. */
import { importCost } from './import-cost.mjs';

// About 35 where nothing else runs: nearly all of it is reading and compiling some 150 small modules. Beside other work all
// starts take longer, so there a bare start of Node is the measure. The bound is for a library that gets in by mistake.
const MAX_MS = 80;
// 3.6 of them are pages of the addon, two thirds of which schemas are.
const MAX_MIB = 15;

export function checkImportCost() {
  const { ms, mib, bareMs } = importCost();
  const maxMs = Math.max(MAX_MS, bareMs);
  console.log(`+${ms.toFixed(1)} ms (limit ${maxMs.toFixed(1)}), +${mib.toFixed(1)} MiB (limit ${MAX_MIB})`);
  return ms <= maxMs && mib <= MAX_MIB;
}
