/** `cortex-native connectors` as a user runs it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyManifest } from '@cortex-os/native';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../house/root.js';
import { folder, KEY, manifestFile, manifestText } from '../manifest/fixtures.js';

const bin = join(root, 'bin', 'cortex-native.js');

function env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, CONNECTORS_SIGNATURE_KEY: KEY, CONNECTORS_MANIFEST_PATH: manifestFile(), ...more };
}

function run(args: string[], more: NodeJS.ProcessEnv = {}, input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'connectors', ...args], {
    env: env(more),
    input,
  });
  return { status, out: stdout.toString(), err: stderr.toString() };
}

const plain = JSON.parse(manifestText(3));
for (const one of plain.connectors) one.metadata = { owner: 'platform', Zone: 1 };

test('service-map prints what verify accepts, in every form', () => {
  for (const args of [['--plain'], [], ['--flat'], ['--compat', '--plain']]) {
    // The compatible form is for keys of ASCII.
    const CONNECTORS_MANIFEST_PATH = manifestFile(JSON.stringify(plain));
    const printed = run(['service-map', ...args], { CONNECTORS_MANIFEST_PATH });
    expect([printed.status, printed.err], args.join()).toEqual([0, '']);
    expect(printed.out.trim().includes('\n')).toBe(!args.includes('--plain'));
    const compat = args.includes('--compat') ? ['--compat'] : [];
    const file = join(folder(), 'map.json');
    writeFileSync(file, printed.out);
    expect(run(['verify', file, ...compat]).out).toMatch(
      /^valid: hmac-sha256, key [0-9a-f]{8}, (flat|payload) envelope/,
    );
    expect(run(['verify', '-', ...compat], {}, printed.out).status).toBe(0);
  }
});

test('verify says why not, with exit code 1', () => {
  const { out } = run(['service-map', '--plain']);
  const changed = run(['verify'], {}, out.replace('"count":3', '"count":4'));
  expect([changed.status, changed.out]).toEqual([1, '']);
  expect(changed.err).toBe('cortex-native: the signature does not hold: the key does not fit\n');
  expect(run(['verify', '--not-before', '2999-01-01T00:00:00Z'], {}, out).err).toContain('is older than');
  expect(run(['verify', '--max-age', '3600'], {}, out).status).toBe(0);
  expect(run(['verify', 'missing.json']).err).toContain('ENOENT');
});

test('what is wrong with the call or the environment is said in one line', () => {
  const cases: [string[], NodeJS.ProcessEnv, number, RegExp][] = [
    [[], {}, 2, /say serve, service-map or verify/],
    [['serve', '--port', 'x'], {}, 2, /--port must be a whole number/],
    [['serve'], { NO_AUTH: '' }, 2, /CONNECTORS_API_KEY is required unless NO_AUTH=true/],
    [['service-map', '--nope'], {}, 2, /Unknown option '--nope'/],
    [['service-map'], { CONNECTORS_SIGNATURE_KEY: '' }, 2, /CONNECTORS_SIGNATURE_KEY is required/],
    [['service-map'], { CONNECTORS_MANIFEST_PATH: '/nowhere/m.json' }, 1, /no such file/],
  ];
  for (const [args, more, status, message] of cases) {
    const failed = run(args, more);
    expect([failed.status, failed.out], args.join(' ')).toEqual([status, '']);
    expect(failed.err).toMatch(message);
    expect(failed.err.trim().split('\n')).toHaveLength(1);
  }
  expect(run(['--help']).out).toContain('CONNECTORS_SIGNATURE_KEYS_FILE');
});

test('serve listens, warns, and ends with a signal', async () => {
  const connectors = [{ ...JSON.parse(manifestText(1)).connectors[0], headers: { 'X-Api-Key': 'hunter2' } }];
  const child = spawn(process.execPath, [bin, 'connectors', 'serve', '--port', '0', '--host', '127.0.0.1'], {
    env: env({
      CONNECTORS_API_KEY: 'a',
      CONNECTORS_MANIFEST_PATH: manifestFile(manifestText(1, { connectors })),
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    out += text;
    if (/serving version/.test(out)) break;
  }
  const url = /listening on (\S+)/.exec(out)?.[1];
  const answer = await fetch(`${url}/v1/connectors/service-map`, { headers: { authorization: 'Bearer a' } });
  verifyManifest(await answer.text(), { keys: KEY });
  expect(err).toContain('warning: header X-Api-Key of connector connector-0000');
  expect(err).not.toContain('hunter2');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
