/**
 * The zod that the schemas of the drop-ins are made with: the one its users have, through its API of version 3.
 *
 * Zod 3 comes twice, for `import` and for `require`, with two sets of classes. This package is
 * CommonJS and would always take the second; a caller's `error instanceof ZodError` with a
 * `ZodError` that was imported would then be false. So the entries for `import` (`before-import.mjs`) leave
 * the imported one here first. In a process with both kinds of callers the first to load decides.
 *
 * `zod/v3` is the same module as `zod` where zod 3.25 is installed, and stands beside version 4 where zod 4 is.
 */
type ZodModule = typeof import('zod/v3');

const imported = Symbol.for('@cortex-os/native/zod');
const shared = globalThis as { [imported]?: ZodModule };

const library = shared[imported] ?? (require('zod/v3') as ZodModule);

export const zod: ZodModule['z'] = library.z;
