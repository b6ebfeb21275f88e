/** Builds the Rust loop, and names the contenders that this machine cannot run. */
import { createRequire } from 'node:module';
import { buildExample } from '../harness/cargo.mjs';

/** @returns {{contender: string, reason: string}[]} */
export function unavailableContenders() {
  const raw = buildExample('raw_fdatasync');
  return [
    ...(raw.reason ? [{ contender: 'raw-fdatasync', reason: raw.reason }] : []),
    ...(sqliteLoads()
      ? []
      : [
          {
            contender: 'sqlite-full',
            reason: 'better-sqlite3 did not build (it wants Python and a C++ compiler)',
          },
        ]),
  ];
}

/** An optional dependency: npm leaves it out when its addon does not build. */
function sqliteLoads() {
  try {
    createRequire(import.meta.url).resolve('better-sqlite3');
    return true;
  } catch {
    return false;
  }
}
