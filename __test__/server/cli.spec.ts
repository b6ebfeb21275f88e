import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StreamReader } from '../asbr/events-fixtures.js';
import { useCli } from './serve-process.js';

const { cli, serve, folder } = useCli();

const packageJson = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));

describe('cortex-native', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j lists the commands', async (args) => {
    const { code, out, err } = await cli(args).finished();
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^ {2}serve +\S/m);
  });

  test('--version prints the version of the package', async () => {
    expect(await cli(['--version']).finished()).toEqual({
      code: 0,
      out: `${packageJson.version}\n`,
      err: '',
    });
  });

  test('serve --help explains the options', async () => {
    const { code, out } = await cli(['serve', '--help']).finished();
    expect(code).toBe(0);
    for (const option of ['--port', '--host', '--state-dir', '--durability']) expect(out).toContain(option);
  });

  test.each([
    [['start'], 'no command "start"'],
    [['toString'], 'no command "toString"'],
    [['serve', '--prot', '1'], '--prot'],
    [['serve', 'extra'], 'extra'],
    [['serve', '--port', 'x'], 'the port must be a number from 0 to 65535'],
    [['serve', '--port', '65536'], 'the port must be a number from 0 to 65535'],
    [['serve', '--durability', 'some'], '--durability must be none, group, always'],
  ])('%j is told in one line, exit code 2', async (args, message) => {
    const { code, out, err } = await cli(args).finished();
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^cortex-native: .*\n$/);
    expect(err).toContain(message);
  });
});

describe('cortex-native serve', () => {
  test('prints where it is, a token, and a line for curl that works as it stands there', async ({ skip }) => {
    if (spawnSync('curl', ['--version']).error) {
      if (process.env.CORTEX_NEVER_SKIP === '1') throw new Error('curl is missing');
      skip('curl is missing');
    }
    const served = await serve();
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const pasted = spawnSync('sh', ['-c', served.curl], { encoding: 'utf8' });
    const { task } = JSON.parse(pasted.stdout);
    expect(task.status).toBe('queued');
    expect(served.ledger()).toMatchObject([{ type: 'PlanStarted', taskId: task.id }]);
  });

  test('accepts its token and no other, even where tests would be let in', async () => {
    const { url, token } = await serve();
    const status = async (authorization: string) =>
      (await fetch(`${url}/v1/service-map`, { headers: { authorization } })).status;
    expect(await status(`Bearer ${token}`)).toBe(200);
    expect(await status('Bearer anything')).toBe(401);
  });

  test.each(['none', 'group', 'always'])('keeps its events with durability %s', async (durability) => {
    const served = await serve(['--durability', durability]);
    const id = await served.postTask('kept');
    expect(served.ledger()).toMatchObject([{ taskId: id }]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends streams and the server, exit code 0', async (signal) => {
    const served = await serve();
    const headers = { authorization: `Bearer ${served.token}` };
    const reader = new StreamReader(`${served.url}/v1/events?stream=sse`, headers);
    await reader.opened();
    await served.postTask('last');
    expect(await served.process.stop(signal)).toMatchObject({ code: 0, err: '' });
    await reader.until(({ ended }) => ended);
    expect(reader.events).toHaveLength(1);
    expect(served.ledger()).toHaveLength(1);
  });

  test('goes on with the ledger of an earlier run, resuming streams across the restart', async () => {
    const stateDir = folder();
    const first = await serve([], stateDir);
    await first.postTask('one');
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const before = new StreamReader(`${first.url}/v1/events?stream=sse`, bearer(first.token));
    await before.untilEvents(1);
    const seen = before.frames.find(({ id }) => id)?.id ?? '';
    await first.postTask('two');
    await first.process.stop('SIGTERM');
    const second = await serve([], stateDir);
    await second.postTask('three');
    const after = new StreamReader(`${second.url}/v1/events?stream=sse`, {
      ...bearer(second.token),
      'last-event-id': seen,
    });
    await after.untilEvents(2);
    expect(after.events.map(({ ariaLiveHint }) => ariaLiveHint)).toEqual([
      'Task "two" has been queued',
      'Task "three" has been queued',
    ]);
    after.close();
    expect(second.ledger()).toHaveLength(3);
  });

  describe('tells in one line, with exit code 1,', () => {
    const failure = async (args: string[]) => {
      const { code, out, err } = await cli(['serve', ...args]).finished();
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/^cortex-native: [^\n]*\n$/);
      return err;
    };

    test('that the port is in use', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => other.once('listening', resolve));
      const { port } = other.address() as { port: number };
      const err = await failure(['--port', String(port), '--state-dir', folder()]);
      expect(err).toContain(`port ${port} of 127.0.0.1 is already in use`);
      other.close();
    });

    test('that the folder cannot be written', async () => {
      const file = join(folder(), 'file');
      writeFileSync(file, '');
      const err = await failure(['--port', '0', '--state-dir', join(file, 'state')]);
      expect(err).toContain(`cannot use the folder ${join(file, 'state')}`);
    });

    test('that another process writes this ledger', async () => {
      const stateDir = folder();
      const first = await serve([], stateDir);
      const err = await failure(['--port', '0', '--state-dir', stateDir]);
      expect(err).toContain(`is in use by process ${first.process.child.pid}`);
      expect(await first.postTask('still served')).toBeTruthy();
    });

    test('that the host is no address of this machine', async () => {
      const err = await failure(['--port', '0', '--host', '192.0.2.1', '--state-dir', folder()]);
      expect(err).toContain('192.0.2.1 is no address of this machine');
    });
  });
});
