/** Every spec under __test__, against the built package. */
import { provideChromium } from './chromium.mjs';
import { runVitest } from './vitest.mjs';

export async function testVitest(args) {
  const chromium = await provideChromium();
  return runVitest('vitest', args, chromium ? { CORTEX_CHROMIUM: chromium } : {});
}
