/** Runs before the entry for `import`: hands the zod of importing callers to callers-zod.js, which says why. */
import * as zod from 'zod/v3';

globalThis[Symbol.for('@cortex-os/native/zod')] ??= zod;
