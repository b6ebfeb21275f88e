/** The smoke suite on the running Node only: enough to tell that an addon built elsewhere works on this machine. */

import { runtimes } from './runtimes.mjs';
import { report } from './tally.mjs';
import { smokeTest } from './test-runtimes.mjs';

process.exitCode = report([await smokeTest(runtimes().slice(0, 1))]) ? 0 : 1;
