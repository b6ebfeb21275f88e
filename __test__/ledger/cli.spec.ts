/** `cortex-native ledger`, as a process of its own beside the one that writes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventHub, Ledger } from '@cortex-os/native';
import { describe, expect, test, vi } from 'vitest';
import { main } from '../../dist/server/cli.js';
import { useCli } from '../server/serve-process.js';
import { emitMany, eventOf, settled } from './ledger-test.js';

const { cli, folder } = useCli();

async function written(count: number): Promise<string> {
  const path = join(folder(), 'ledger.ndjson');
  const hub = await EventHub.open({ path, chain: true, rotate: { maxBytes: 8192 } });
  await emitMany(hub, 0, count);
  await hub.close();
  return path;
}

const run = (...args: string[]) => cli(['ledger', ...args]).finished();

describe('cortex-native ledger', () => {
  test('verify says 0 for a sound one, 1 and the offset for another', async () => {
    const path = await written(200);
    expect(await run('verify', path)).toMatchObject({ code: 0, err: '' });
    const anchor = (await run('export', path, '--anchor')).out.trim();
    expect(anchor).toMatch(/^200:[0-9a-f]{64}$/);
    expect(await run('verify', path, '--anchor', anchor)).toMatchObject({ code: 0 });
    writeFileSync(path, readFileSync(path, 'utf8').replace('"n":199', '"n":198'));
    const { code, out } = await run('verify', path, '--json');
    expect([code, JSON.parse(out).problem]).toEqual([1, { offset: 199, kind: 'altered' }]);
    expect((await run('verify', path)).out).toContain('event 199 was altered');
  });

  test('read, export and stats give what there is', async () => {
    const path = await written(200);
    const { out } = await run('read', path, '--topic', 't1', '--after', '100', '--limit', '2');
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([eventOf(103), eventOf(106)]);
    const json = await run('read', path, '--since', eventOf(198).timestamp, '--json');
    expect(
      json.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).offset),
    ).toEqual([198, 199]);
    const copy = join(folder(), 'copy.ndjson');
    expect(await run('export', path, '--out', copy)).toMatchObject({ code: 0 });
    expect(readFileSync(copy, 'utf8')).toBe(
      Array.from({ length: 200 }, (_, n) => `${JSON.stringify(eventOf(n))}\n`).join(''),
    );
    expect(await run('export', path, '--out', copy)).toMatchObject({ code: 1 });
    expect(JSON.parse((await run('stats', path, '--json')).out)).toMatchObject({ events: 200, clean: true });
    expect((await run('stats', path)).out).toContain('200 events');
    expect(await run('repair', path)).toMatchObject({ code: 0 });
  });

  test('tail follows a ledger that is in use', async () => {
    const path = join(folder(), 'ledger.ndjson');
    const hub = await EventHub.open({ path });
    await emitMany(hub, 0, 20);
    const tail = cli(['ledger', 'tail', path, '--lines', '2']);
    await tail.printed(/"n":18.*\n.*"n":19/);
    hub.emit(eventOf(20));
    await tail.printed(/"n":20/);
    tail.child.kill('SIGINT');
    expect(await tail.finished()).toMatchObject({ code: 0 });
    await hub.close();
  });

  test('only reads a ledger in use, and its writer goes on undisturbed', async () => {
    const path = join(folder(), 'ledger.ndjson');
    const troubles: unknown[] = [];
    const hub = await EventHub.open({
      path,
      chain: true,
      rotate: { maxBytes: 64 * 1024 },
      onError: (error) => troubles.push(error),
    });
    let emitted = 0;
    const writing = setInterval(() => {
      for (let n = 0; n < 50; n += 1) hub.emit(eventOf(emitted++));
    }, 1);
    await settled(() => emitted > 0);
    for (const args of [['verify'], ['stats'], ['read', '--limit', '20'], ['export', '--anchor']]) {
      const [name = '', ...more] = args;
      const before = emitted;
      const { code, out, err } = await run(name, path, ...more, '--json');
      expect([name, code, err]).toEqual([name, 0, '']);
      expect(out).not.toBe('');
      expect(emitted).toBeGreaterThan(before);
    }
    // The one command that changes files is refused while somebody else does.
    expect(await run('repair', path)).toMatchObject({ code: 1, out: '' });
    clearInterval(writing);
    await hub.flush();
    expect(troubles).toEqual([]);
    await hub.close();
    const { code, out } = await run('verify', path, '--json');
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ events: emitted, recovered: 0 })]);
  });

  test('a chain with a key is verified with the key only', async () => {
    const path = join(folder(), 'ledger.ndjson');
    const hub = await EventHub.open({ path, chain: { key: 'secret' } });
    await emitMany(hub, 0, 20);
    await hub.close();
    const keyFile = join(folder(), 'key');
    writeFileSync(keyFile, 'secret\n');
    expect(await run('verify', path, '--key-file', keyFile)).toMatchObject({ code: 0 });
    const { code, err } = await run('verify', path);
    expect(code).toBe(1);
    expect(err).toContain('has a key');
  });

  test.each([
    ['verify', 'verifying'],
    ['repair', 'repairing'],
  ])('%s shows a bar where somebody looks, and takes it away', async (command, doing) => {
    const path = await written(200);
    const shown: string[] = [];
    const said: string[] = [];
    const terminal = {
      out: (line: string) => said.push(line),
      err: (line: string) => said.push(line),
      progress: (text: string) => shown.push(text),
    };
    expect(await main(['ledger', command, path], terminal)).toBe(0);
    expect(shown.find((text) => text.includes('100%'))).toMatch(
      new RegExp(`^${doing} \\[#{30}\\] 100% of [1-9]`),
    );
    expect(shown.at(-1)).toBe('');
    expect(said).toEqual([expect.stringContaining('200 events')]);
    // Nothing of it where the output is not a terminal.
    expect((await run(command, path)).err).toBe('');
  });

  test('export says how far it is where somebody looks', async () => {
    const path = await written(600);
    const shown: string[] = [];
    const terminal = { out: vi.fn(), err: vi.fn(), progress: (text: string) => shown.push(text) };
    expect(await main(['ledger', 'export', path, '--out', join(folder(), 'copy.ndjson')], terminal)).toBe(0);
    expect(shown).toEqual(['exporting: 256 events', 'exporting: 512 events', '', '']);
    expect(terminal.out).toHaveBeenCalledWith(expect.stringContaining('600 events written to'));
  });

  test('each command has its result as JSON', async () => {
    const path = await written(30);
    await (await (await Ledger.open(path)).consumer('shipper')).commit(9);
    const json = async (...args: string[]) => {
      const { code, out, err } = await run(...args, '--json');
      expect([args[0], code, err]).toEqual([args[0], 0, '']);
      return JSON.parse(out);
    };
    const consumers = [{ name: 'shipper', next: 10, damaged: false }];
    expect(await json('stats', path)).toMatchObject({ events: 30, clean: true, consumers });
    expect(await json('verify', path)).toMatchObject({ ok: true, events: 30, unchained: 0 });
    expect(await json('repair', path)).toEqual({ events: 30, completedBytes: 0, cutBytes: 0 });
    expect(await json('export', path, '--anchor')).toEqual({
      offset: 30,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const out = join(folder(), 'copy.ndjson');
    expect(await json('export', path, '--out', out)).toEqual({ events: 30, out });
    expect(await json('read', path, '--limit', '1')).toMatchObject({ offset: 0, event: eventOf(0) });
    expect((await run('stats', path)).out).toContain('consumer shipper: next 10, 20 behind');
  });

  test('a line that is no JSON is told with its offset and left out by option', async () => {
    const path = await written(3);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"n":1', '"n":,'));
    const told = await run('read', path);
    expect(told).toMatchObject({ code: 0, err: 'event 1 is no JSON\n' });
    expect(told.out.trim().split('\n')).toHaveLength(3);
    const { code, out, err } = await run('read', path, '--skip-corrupt', '--json');
    expect([code, err]).toEqual([0, '']);
    const offsets = out.trim().split('\n');
    expect(offsets.map((line) => JSON.parse(line).offset)).toEqual([0, 2]);
  });

  test.each([
    [[], 'no command ""'],
    [['burn', 'x'], 'no command "burn"'],
    [['read'], 'the path of one ledger'],
    [['read', 'a', 'b'], 'the path of one ledger'],
    [['read', 'a', '--limit', 'x'], '--limit must be'],
    [['read', 'a', '--since', 'x'], '--since must be'],
    [['read', 'a', '--lines', '3'], '--lines'],
    [['verify', 'a', '--anchor', '3'], '--anchor must be'],
    [['verify', 'a', '--key-file', '/none'], 'cannot read the key'],
  ])('%j is told in one line, exit code 2', async (args, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^cortex-native: .*\n$/);
    expect(err).toContain(message);
  });

  test('a ledger that is not there is exit code 1', async () => {
    const { code, err } = await run('stats', join(folder(), 'none.ndjson'));
    expect(code).toBe(1);
    expect(err).toMatch(/^cortex-native: ledger stats: cannot read the ledger.*\n$/);
  });
});
