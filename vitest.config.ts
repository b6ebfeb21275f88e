import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['__test__/**/*.spec.ts'],
    // Specs kill, fork and exit processes and load a native addon: each file gets a process of its own.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A spec that needs more says so itself; none may hang the run.
    teardownTimeout: 10_000,
  },
});
