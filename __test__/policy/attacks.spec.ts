/** Every way out of a scope that we know of, against everything that judges paths or opens files. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBeneath, PathScope, PolicyEngine, Verdict } from '@cortex-os/native';
import { enforce } from '@cortex-os/native/policy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LEADING_OUT, REFUSED } from './attacks.js';
import { makeProject, type Project } from './grant-files.js';

const posix = process.platform !== 'win32';
const GRANT = {
  tool: 'files',
  actions: ['read'],
  rate: { perMinute: 100_000 },
  fsScope: ['packages', 'README.md', 'LINK.md'],
};
type Args = Record<string, unknown>;

describe.runIf(posix)('ways out of a scope', () => {
  let project: Project;
  let engine: PolicyEngine;
  const home = process.cwd();

  beforeAll(async () => {
    project = makeProject(GRANT);
    const { root, write } = project;
    write('packages/a.txt', 'mine');
    write('packages/deep/b.txt', 'mine');
    write('README.md', 'mine');
    write('outside/secret', 'not yours');
    const link = (target: string, name: string) => symlinkSync(target, join(root, name));
    link('../outside/secret', 'packages/out-relative');
    link(join(root, 'outside/secret'), 'packages/out-absolute');
    link('../outside', 'packages/out-dir');
    link('../out-dir', 'packages/deep/out-twice');
    link('out-relative', 'packages/to-link');
    link('loop', 'packages/loop');
    link('/proc/self/root', 'packages/magic');
    link('/proc/self/cwd', 'packages/magic-cwd');
    link('../outside/none', 'packages/out-dangling');
    link('outside/secret', 'LINK.md');
    link('a.txt', 'packages/inner');
    process.chdir(root);
    engine = await PolicyEngine.open({ directory: project.grants, base: root });
  });

  afterAll(async () => {
    await engine.close();
    process.chdir(home);
    project.remove();
  });

  test('there are enough of them', () => {
    expect(REFUSED.length + LEADING_OUT.length).toBeGreaterThanOrEqual(60);
  });

  test.each(REFUSED)('%s: refused by the engine and by the drop-in', (_name, args) => {
    expect(engine.tryEnforce('git', 'read', args as Args)).toBe(Verdict.pathDenied);
    const grant = { ...GRANT, args: {}, dataClass: 'internal' as const };
    expect(() => enforce(grant, 'read', args as Args)).toThrow('path not within fsScope');
  });

  test('what is inside passes, however it is written', () => {
    const { root } = project;
    const inside = [
      'packages',
      'packages/',
      './packages/a.txt',
      'packages//a.txt',
      'packages/deep/../a.txt',
      join(root, 'packages/a.txt'),
      'README.md',
      'packages/..a',
      'packages/é',
      Buffer.from('packages/a.txt'),
      pathToFileURL(join(root, 'packages/a.txt')),
      ['packages/a.txt', Buffer.from('README.md')],
      [],
      undefined,
      null,
    ];
    for (const path of inside)
      expect(engine.tryEnforce('git', 'read', { path }), String(path)).toBe(Verdict.allowed);
  });

  test.each(LEADING_OUT)('%s: judged as text it is inside, opened it is refused', async (path) => {
    const refused = { code: 'ERR_POLICY_PATH_DENIED' };
    const scope = engine.scope('git');
    expect(scope.allows(path) || path.includes('..')).toBe(true);
    await expect(engine.openBeneath('git', path)).rejects.toMatchObject(refused);
    await expect(openBeneath(scope, path, 'w')).rejects.toMatchObject(refused);
    expect(() => scope.openSync(path)).toThrow(expect.objectContaining(refused));
    const stepwise = new PathScope(GRANT.fsScope, project.root);
    stepwise.resolveStepwise();
    expect(() => stepwise.openSync(path)).toThrow(expect.objectContaining(refused));
  });

  test('files inside open as Node handles, for reading, writing and making', async () => {
    const scope = new PathScope(GRANT.fsScope, project.root);
    for (const path of [
      'packages/a.txt',
      'packages/inner',
      'README.md',
      Buffer.from('packages/deep/b.txt'),
    ]) {
      const file = await openBeneath(scope, path);
      expect(await file.readFile('utf8')).toBe('mine');
      await file.close();
    }
    const made = await openBeneath(scope, 'packages/made', 'wx+', 0o600);
    await made.writeFile('new');
    expect((await made.stat()).mode & 0o777).toBe(0o600);
    await made.close();
    await expect(openBeneath(scope, 'packages/made', 'wx')).rejects.toMatchObject({
      code: 'ERR_POLICY_OPEN_FAILED',
    });
    const more = await openBeneath(scope, 'packages/made', 'a+');
    await more.appendFile('er');
    await more.close();
    const read = await openBeneath(scope, 'packages/made');
    expect(await read.readFile('utf8')).toBe('newer');
    await read.close();
    expect(() => scope.openSync('packages/none')).toThrow(
      expect.objectContaining({
        code: 'ERR_POLICY_OPEN_FAILED',
        fields: expect.objectContaining({ cause: 'ENOENT' }),
      }),
    );
    expect(() => scope.openSync('packages/a.txt', 'q')).toThrow('flags');
    await expect(openBeneath(new PathScope([], project.root), 'README.md')).rejects.toThrow(
      'path not within',
    );
  });

  test('a directory that keeps turning into a link never gives the other file', async () => {
    const { root } = project;
    mkdirSync(join(root, 'packages/turning'));
    writeFileSync(join(root, 'packages/turning/secret'), 'mine');
    symlinkSync('../outside', join(root, 'packages/turned'));
    const at = (name: string) => join(root, 'packages', name);
    const scope = new PathScope(['packages'], root);
    const seen = { mine: 0, refused: 0 };
    for (let turn = 0; turn < 200; turn += 1) {
      const opening = openBeneath(scope, 'packages/turning/secret');
      renameSync(at('turning'), at('spare'));
      renameSync(at('turned'), at('turning'));
      const [early, late] = await Promise.allSettled([
        opening,
        openBeneath(scope, 'packages/turning/secret'),
      ]);
      for (const result of [early, late]) {
        if (result?.status !== 'fulfilled') seen.refused += 1;
        else {
          expect(await result.value.readFile('utf8')).toBe('mine');
          await result.value.close();
          seen.mine += 1;
        }
      }
      renameSync(at('turning'), at('turned'));
      renameSync(at('spare'), at('turning'));
    }
    expect(seen.refused).toBeGreaterThanOrEqual(200);
  });
});
