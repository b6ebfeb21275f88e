import { defineConfig } from 'vitest/config';

// The built package is loaded by Node itself, as its users load it: transformed by vitest, an import and a require
// would give two instances of every class.
const built = new RegExp(`^${import.meta.dirname.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}/dist/`);

export default defineConfig({
  test: {
    include: ['__test__/**/*.spec.ts'],
    typecheck: { include: ['__test__/types/*.test-d.ts'], tsconfig: '__test__/tsconfig.json' },
    server: { deps: { external: [built] } },
    // Specs kill, fork and exit processes and load a native addon: each file gets a process of its own.
    pool: 'forks',
    // A spec that needs longer says so itself; none may hang the run.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    // What is waited for comes when a busy machine gets to it.
    expect: { poll: { timeout: 20_000 } },
  },
});
