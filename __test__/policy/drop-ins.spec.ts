/** The drop-ins: what callers of the packages replaced rely on, and what is mended. */
import * as gateway from '@cortex-os/native/model-gateway';
import { __resetPolicyRateLimiter, enforce, Grant, loadGrant } from '@cortex-os/native/policy';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeProject, type Project } from './grant-files.js';

describe('@cortex-os/native/policy', () => {
  let project: Project;
  const home = process.cwd();
  const grant = (changes: object = {}): Grant =>
    Grant.parse({ tool: 't', actions: ['a'], rate: { perMinute: 2 }, fsScope: ['packages'], ...changes });

  beforeEach(() => {
    project = makeProject();
    process.chdir(project.root);
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date'] });
  });

  afterEach(() => {
    vi.useRealTimers();
    process.chdir(home);
    project.remove();
    __resetPolicyRateLimiter();
  });

  test('loads grants with their defaults, from the working directory', async () => {
    expect(await loadGrant('git')).toEqual({
      tool: 'git-map',
      actions: ['tree', 'snippet'],
      args: {},
      dataClass: 'internal',
      rate: { perMinute: 3 },
      fsScope: ['packages', 'docs'],
    });
    await expect(loadGrant('none')).rejects.toMatchObject({ code: 'ENOENT' });
    project.write('.cortex/policy/tools/text.json', '{');
    await expect(loadGrant('text')).rejects.toThrow(SyntaxError);
    project.write('.cortex/policy/tools/bad.json', { tool: 1 });
    await expect(loadGrant('bad')).rejects.toMatchObject({ name: 'ZodError' });
    project.write('package.json', { tool: 't', actions: [], rate: { perMinute: 1 } });
    await expect(loadGrant('../../../package')).rejects.toMatchObject({
      code: 'ERR_POLICY_GRANT_ID_INVALID',
    });
  });

  test('refuses in the order of the original, with its messages; what is refused counts for nothing', () => {
    const own = grant();
    expect(() => enforce(own, 'b', { path: '/etc' })).toThrow(/^action not allowed$/);
    for (let call = 0; call < 5; call += 1)
      expect(() => enforce(own, 'a', { path: '/etc' })).toThrow(/^path not within fsScope$/);
    expect([enforce(own, 'a', {}), enforce(own, 'a', { path: 'packages/x' })]).toEqual([true, true]);
    expect(() => enforce(own, 'a', {})).toThrow(/^rate limit exceeded$/);
    vi.setSystemTime(1_700_000_000_000 + 59_999);
    expect(() => enforce(own, 'a', {})).toThrow('rate limit exceeded');
    vi.setSystemTime(1_700_000_000_000 + 60_000);
    expect(enforce(own, 'a', {})).toBe(true);
  });

  test('an action that is taken from a grant is refused from then on', () => {
    const own = grant({ actions: ['a', 'b'] });
    expect(enforce(own, 'a')).toBe(true);
    own.actions[0] = 'c';
    expect(() => enforce(own, 'a')).toThrow('action not allowed');
    expect(enforce(own, 'c')).toBe(true);
  });

  test('counts on across grants that are loaded again, and forgets on reset', async () => {
    for (let call = 0; call < 3; call += 1) expect(enforce(await loadGrant('git'), 'tree', {})).toBe(true);
    const again = await loadGrant('git');
    expect(() => enforce(again, 'tree', {})).toThrow('rate limit exceeded');
    __resetPolicyRateLimiter();
    expect(enforce(again, 'tree', {})).toBe(true);
  });

  test.each([
    ['.', 'README.md', true],
    ['./packages', 'packages/x', true],
    ['packages/', 'packages', true],
    ['..', '../../etc/passwd', false],
    ['packages/*', 'packages/x', false],
  ])('the scope %j with the path %j: %s', (scope, path, allowed) => {
    const call = () => enforce(grant({ fsScope: [scope] }), 'a', { path });
    if (allowed) expect(call()).toBe(true);
    else expect(call).toThrow('path not within fsScope');
  });

  test('an absolute scope reaches what lies below it, no scope restrains nothing', () => {
    expect(enforce(grant({ fsScope: [project.root] }), 'a', { path: 'x' })).toBe(true);
    expect(enforce(grant({ fsScope: [], tool: 'u' }), 'a', { path: '/etc/passwd' })).toBe(true);
  });

  test('tools and actions that read alike have windows of their own', () => {
    for (const own of [grant({ tool: 'a:b', actions: ['c'] }), grant({ tool: 'a', actions: ['b:c'] })])
      for (let call = 0; call < 2; call += 1) expect(enforce(own, own.actions[0] ?? '', {})).toBe(true);
  });

  test('a grant that its owner changes is followed', () => {
    const own = grant();
    enforce(own, 'a', {});
    own.rate.perMinute = 1;
    expect(() => enforce(own, 'a', {})).toThrow('rate limit exceeded');
    own.actions.push('b');
    expect(enforce(own, 'b', {})).toBe(true);
    own.fsScope[0] = 'docs';
    expect(() => enforce(own, 'b', { path: 'packages/x' })).toThrow('path not within fsScope');
    for (const perMinute of [0, -1, Number.NaN]) {
      own.rate.perMinute = perMinute;
      own.tool = `tool ${perMinute}`;
      expect(() => enforce(own, 'a', {}), String(perMinute)).toThrow('rate limit exceeded');
    }
  });

  test('a clock that is set back locks nobody out', () => {
    const own = grant();
    expect([enforce(own, 'a', {}), enforce(own, 'a', {})]).toEqual([true, true]);
    vi.setSystemTime(1_600_000_000_000);
    expect(() => enforce(own, 'a', {})).toThrow('rate limit exceeded');
    vi.setSystemTime(1_600_000_060_000);
    expect(enforce(own, 'a', {})).toBe(true);
  });
});

describe('@cortex-os/native/model-gateway', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const grant = (changes: object = {}): gateway.Grant => ({
    actions: ['embeddings', 'rerank', 'chat'],
    rate: { perMinute: 2 },
    rules: { allow_embeddings: true, allow_rerank: false, allow_chat: true },
    ...changes,
  });

  test('knows one service', async () => {
    expect(await gateway.loadGrant('model-gateway')).toEqual({
      actions: ['embeddings', 'rerank', 'chat'],
      rate: { perMinute: 60 },
      rules: { allow_embeddings: true, allow_rerank: true, allow_chat: true },
    });
    for (const service of ['other', '__proto__', 'constructor'])
      await expect(gateway.loadGrant(service)).rejects.toThrow(`No grant found for service ${service}`);
  });

  test('a call that nobody awaits blocks too', async () => {
    const own = grant();
    const handled: string[] = [];
    const handler = () => {
      void gateway.enforce(own, 'chat');
      handled.push('handled');
    };
    handler();
    handler();
    expect(handler).toThrow('Rate limit exceeded for chat');
    expect(handled).toHaveLength(2);
    await expect(gateway.enforce(own, 'embeddings')).resolves.toBe(true);
  });

  test('follows rules and actions', () => {
    expect(() => gateway.enforce(grant(), 'rerank')).toThrow('Operation rerank not allowed by policy');
    expect(() => gateway.enforce(grant({ actions: ['chat'] }), 'embeddings')).toThrow(
      'not allowed by policy',
    );
    expect(() => gateway.enforce(grant(), 'frontier' as 'chat')).toThrow('Operation frontier not allowed');
  });

  test('counts grants apart, a service together, and never more than the limit in any minute', async () => {
    const [first, second] = [grant(), grant()];
    for (const own of [first, first, second, second]) await gateway.enforce(own, 'chat');
    const loaded = [await gateway.loadGrant('model-gateway'), await gateway.loadGrant('model-gateway')];
    let allowed = 0;
    for (let call = 0; call < 200; call += 1) {
      vi.setSystemTime(1_700_000_000_000 + call * 299);
      try {
        void gateway.enforce(loaded[call % 2] as gateway.Grant, 'chat');
        allowed += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_POLICY_RATE_LIMITED' });
      }
    }
    expect(allowed).toBe(60);
    for (const perMinute of [0, Number.NaN, -5])
      expect(() => gateway.enforce(grant({ rate: { perMinute } }), 'chat')).toThrow('Rate limit exceeded');
  });
});
