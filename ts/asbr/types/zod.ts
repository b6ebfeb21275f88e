/**
 * The zod that all schemas are made with: the one its users have.
 *
 * Zod 3 comes twice, for `import` and for `require`, with two sets of classes. This package is
 * CommonJS and would always take the second; a caller's `error instanceof ZodError` with a
 * `ZodError` that was imported would then be false. So the entry for `import` (`before-import.mjs`) leaves
 * the imported one here first. In a process with both kinds of callers the first to load decides.
 */
type ZodModule = typeof import('zod');

const imported = Symbol.for('@cortex-os/native/zod');
const shared = globalThis as { [imported]?: ZodModule };

const library = shared[imported] ?? (require('zod') as ZodModule);

export const zod: ZodModule['z'] = library.z;
