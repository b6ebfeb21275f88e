/** Importing the package must stay cheap: it is paid by every start of every process. */
import { importCost } from './import-cost.mjs';

// About 35 where nothing else runs, twice that beside other work: nearly all of it is reading and compiling some 150 small
// modules. What the bound is there for is a library that gets in by mistake.
const MAX_MS = 80;
// 3.6 of them are pages of the addon, two thirds of which schemas are.
const MAX_MIB = 15;

export function checkImportCost() {
  const { ms, mib } = importCost();
  console.log(`+${ms.toFixed(1)} ms (limit ${MAX_MS}), +${mib.toFixed(1)} MiB (limit ${MAX_MIB})`);
  return ms <= MAX_MS && mib <= MAX_MIB;
}
