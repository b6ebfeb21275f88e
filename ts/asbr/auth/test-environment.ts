import { ASBRError } from '../types/index.js';

/**
 * Whether this process runs a test suite: `NODE_ENV` is `test`, or vitest has given it a worker
 * id. Never when `NODE_ENV` is `production`. `ASBR_TEST_FORCE_BYPASS` has no say.
 */
export function isTestLikeEnvironment(): boolean {
  if (process.env.NODE_ENV === 'production') return false;
  return process.env.NODE_ENV === 'test' || process.env.VITEST_WORKER_ID !== undefined;
}

/**
 * Settles whether any bearer token passes. Asked for and in production, that is refused at once:
 * better no server than an open one. Error: `TEST_BYPASS_REFUSED`.
 */
export function decideTestBypass(wanted: boolean | undefined): () => boolean {
  if (wanted === undefined) return isTestLikeEnvironment;
  if (wanted && process.env.NODE_ENV === 'production') {
    throw new ASBRError('The test bypass is not available in production', 'TEST_BYPASS_REFUSED');
  }
  return () => wanted;
}
