/** Runs before the entry for `import`: hands the zod of importing callers to types/zod.js, which says why. */
import * as zod from 'zod';

globalThis[Symbol.for('@cortex-os/native/zod')] ??= zod;
