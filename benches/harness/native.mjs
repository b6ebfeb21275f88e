/**
 * The package under test, by its own name, as a user imports it. The folder of the benchmarks is a package of its
 * own, so the name is resolved from the root.
 */
import { createRequire } from 'node:module';

const fromRoot = createRequire(new URL('../../package.json', import.meta.url));

export const nativePackage = fromRoot('@cortex-os/native');
export const { EventHub, Ledger, Schema, SignedManifest, verifyManifest } = nativePackage;
