/** Rust unit, property, integration and documentation tests of the whole workspace. */
import { run } from './run-command.mjs';

export async function testCargo(args) {
  const { code, output } = await run(
    'cargo',
    ['test', '--workspace', '--locked', '--no-fail-fast', ...args],
    {
      capture: true,
      env: { CARGO_TERM_COLOR: 'never' },
    },
  );
  const part = { name: 'cargo', passed: 0, failed: 0, skipped: [], failures: [] };
  for (const [, passed, failed] of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)) {
    part.passed += Number(passed);
    part.failed += Number(failed);
  }
  for (const [, name] of output.matchAll(/^test (\S+)(?: - .*)? \.\.\. ignored/gm)) part.skipped.push(name);
  // What a failed test printed stands between its name and the list of all that failed.
  for (const [, text] of output.matchAll(/^---- (\S.* stdout ----\n[\s\S]*?)\n(?=\n---- |\nfailures:\n)/gm)) {
    part.failures.push(text);
  }
  // A crate that does not compile, or a test binary that died, reports no failed test.
  if (code !== 0 && part.failed === 0) part.failed = 1;
  return part;
}
