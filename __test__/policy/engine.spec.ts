/** What the engine decides, in which order, and whom it tells. */
import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AuditEntry, EventHub, PolicyEngine, PolicyError, Verdict } from '@cortex-os/native';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GIT, makeProject, type Project } from './grant-files.js';

describe('the policy engine', () => {
  let project: Project;
  let now = 1_000_000;
  const engines: PolicyEngine[] = [];
  const open = async (options: object = {}) => {
    const engine = await PolicyEngine.open({
      directory: project.grants,
      base: project.root,
      watch: false,
      now: () => now,
      ...options,
    });
    engines.push(engine);
    return engine;
  };

  beforeEach(() => {
    project = makeProject();
    now = 1_000_000;
  });

  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
    project.remove();
  });

  test('allows, and refuses by action, then path, then rate, with the messages of the package replaced', async () => {
    const engine = await open();
    const grant = await engine.load('git');
    const outside = { path: '/etc/passwd' };
    expect(() => engine.enforce(grant, 'push', outside)).toThrow('action not allowed');
    for (let call = 0; call < 10; call += 1)
      expect(() => engine.enforce(grant, 'tree', outside)).toThrow('path not within fsScope');
    for (let call = 0; call < 3; call += 1)
      expect(engine.enforce(grant, 'tree', { path: 'docs/a.md' })).toBe(true);
    expect(() => engine.enforce(grant, 'tree')).toThrow('rate limit exceeded');
    expect(engine.enforce(grant, 'snippet', {})).toBe(true);
    now += 60_000;
    expect(engine.enforce(grant, 'tree', {})).toBe(true);
  });

  test('throws errors with a code and fields', async () => {
    const engine = await open();
    const caught = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        return error as PolicyError;
      }
      throw new Error('it did not throw');
    };
    const path = caught(() => engine.enforce('git', 'tree', { dest: ['docs/a', '../x'] }));
    expect(path).toBeInstanceOf(PolicyError);
    expect([path.code, path.fields]).toEqual([
      'ERR_POLICY_PATH_DENIED',
      { argument: 'dest', reason: 'outside' },
    ]);
    for (let call = 0; call < 3; call += 1) engine.enforce('git', 'tree');
    const rate = caught(() => engine.enforce('git', 'tree'));
    expect([rate.code, rate.fields]).toEqual(['ERR_POLICY_RATE_LIMITED', { limit: 3, retryAfterMs: 60_000 }]);
  });

  test('decides without throwing, and says what is left', async () => {
    const engine = await open();
    const { revision } = await engine.load('git');
    const common = { grant: 'git', revision };
    expect(engine.decide('git', 'tree', { path: 'docs' })).toEqual({
      ...common,
      allowed: true,
      code: 'ALLOWED',
      reason: 'allowed',
      remaining: 2,
      resetMs: 60_000,
      retryAfterMs: 0,
    });
    expect(engine.decide('git', 'tree', { path: '..' })).toMatchObject({
      ...common,
      allowed: false,
      code: 'ERR_POLICY_PATH_DENIED',
      remaining: undefined,
    });
    now += 10_000;
    engine.decide('git', 'tree');
    engine.decide('git', 'tree');
    expect(engine.decide('git', 'tree')).toMatchObject({
      allowed: false,
      code: 'ERR_POLICY_RATE_LIMITED',
      remaining: 0,
      resetMs: 60_000,
      retryAfterMs: 50_000,
    });
    expect(engine.decide('none', 'tree')).toMatchObject({ allowed: false, code: 'ERR_POLICY_GRANT_MISSING' });
    expect(engine.decide('../git', 'tree').code).toBe('ERR_POLICY_GRANT_ID_INVALID');
  });

  test('answers with numbers', async () => {
    const engine = await open();
    const grant = await engine.load('git');
    const answers = [
      engine.tryEnforce(grant, 'push'),
      engine.tryEnforce(grant, 'tree', { path: 7 }),
      ...[1, 2, 3, 4].map(() => engine.tryEnforce('git', 'tree')),
      engine.tryEnforce('none', 'tree'),
      engine.tryEnforce({ ...grant }, 'tree'),
    ];
    const { allowed, actionDenied, pathDenied, rateLimited, noGrant } = Verdict;
    expect(answers).toEqual([
      actionDenied,
      pathDenied,
      ...[allowed, allowed, allowed, rateLimited],
      noGrant,
      noGrant,
    ]);
    expect(engine.stats()).toMatchObject({
      allowed: 3,
      denied: { action: 1, path: 1, rate: 1, unavailable: 0, grant: 2 },
    });
  });

  test('explains in words, counting nothing', async () => {
    const engine = await open();
    expect(engine.explain('git', 'push')).toContain('denied, the grant allows: tree, snippet');
    expect(engine.explain('git', 'tree', { path: '../x' })).toContain('path path: denied, outside');
    for (let call = 0; call < 5; call += 1)
      expect(engine.explain('git', 'tree', { path: 'docs' })).toContain('rate: 3 of 3 left');
  });

  test('gives grants that nobody can change', async () => {
    const engine = await open();
    const grant = await engine.load('git');
    expect(() => (grant.actions as string[]).push('push')).toThrow(TypeError);
    expect(() => Object.assign(grant.rate, { perMinute: 1e6 })).toThrow(TypeError);
    expect(grant).toMatchObject({ ...GIT, id: 'git', dataClass: 'internal', args: {} });
  });

  test('counts several budgets of a grant together', async () => {
    project.write('.cortex/policy/tools/git.json', { ...GIT, rate: { perMinute: 2, perHour: 3 } });
    const engine = await open();
    expect([1, 2, 3].map(() => engine.tryEnforce('git', 'tree'))).toEqual([1, 1, Verdict.rateLimited]);
    now += 60_000;
    expect([1, 2].map(() => engine.tryEnforce('git', 'tree'))).toEqual([1, Verdict.rateLimited]);
    expect(engine.decide('git', 'tree').retryAfterMs).toBe(3_540_000);
  });

  test('forgets its counts on demand, also for grants in use', async () => {
    const engine = await open();
    const grant = await engine.load('git');
    const four = () => [1, 2, 3, 4].map(() => engine.tryEnforce(grant, 'tree'));
    expect(four()).toEqual([1, 1, 1, Verdict.rateLimited]);
    engine.resetCounts();
    expect(four()).toEqual([1, 1, 1, Verdict.rateLimited]);
  });

  test('no choice of names makes two keys one', async () => {
    project.write('.cortex/policy/tools/a.json', { ...GIT, tool: 'a:b', actions: ['c'] });
    project.write('.cortex/policy/tools/b.json', { ...GIT, tool: 'a', actions: ['b:c'] });
    project.write('.cortex/policy/tools/c.json', { ...GIT, tool: 'a', actions: ['b:c'] });
    const engine = await open();
    for (const [id, action] of [
      ['a', 'c'],
      ['b', 'b:c'],
      ['c', 'b:c'],
    ] as const)
      expect([1, 2, 3, 4].map(() => engine.tryEnforce(id, action))).toEqual([1, 1, 1, Verdict.rateLimited]);
  });

  test.skipIf(process.platform === 'win32')('shares counts with every engine on the same file', async () => {
    const shared = join(project.root, 'limits');
    const [first, second] = [await open({ shared }), await open({ shared })];
    expect([first, second, first, second].map((engine) => engine.tryEnforce('git', 'tree'))).toEqual([
      1,
      1,
      1,
      Verdict.rateLimited,
    ]);
    const decision = second.decide('git', 'tree');
    expect(decision.retryAfterMs).toBeGreaterThan(30_000);
    expect(decision.retryAfterMs).toBeLessThanOrEqual(60_001);
    expect(decision.remaining).toBe(0);
  });

  test.skipIf(process.platform === 'win32')('a full table is no rate limit', async () => {
    const actions = Array.from({ length: 40 }, (_, index) => `action-${index}`);
    project.write('.cortex/policy/tools/many.json', { ...GIT, actions });
    const closed = await open({ shared: join(project.root, 'small'), maxKeys: 8 });
    const verdicts = actions.map((action) => closed.tryEnforce('many', action));
    expect(new Set(verdicts)).toEqual(new Set([Verdict.allowed, Verdict.unavailable]));
    const full = actions[verdicts.indexOf(Verdict.unavailable)] as string;
    expect(closed.decide('many', full).code).toBe('ERR_POLICY_UNAVAILABLE');
    expect(closed.stats().denied.unavailable).toBeGreaterThan(0);
    const opened = await open({ shared: join(project.root, 'small-open'), maxKeys: 8, onFull: 'open' });
    expect(actions.every((action) => opened.tryEnforce('many', action) === Verdict.allowed)).toBe(true);
  });

  test.skipIf(process.platform === 'win32')(
    'a grant beyond the shared table is refused by name',
    async () => {
      project.write('.cortex/policy/tools/big.json', { ...GIT, rate: { perMinute: 2000 } });
      const engine = await open({ shared: join(project.root, 'limits') });
      await expect(engine.load('big')).rejects.toMatchObject({ code: 'ERR_POLICY_OPTION_INVALID' });
    },
  );

  describe('audit', () => {
    const args = { path: '/etc/passwd', note: 'secret text' };

    test('tells a function of every denial, with the hash of the arguments and not the arguments', async () => {
      const entries: AuditEntry[] = [];
      const engine = await open({ audit: (entry: AuditEntry) => entries.push(entry) });
      engine.tryEnforce('git', 'tree');
      engine.tryEnforce('git', 'tree', args);
      engine.tryEnforce('none', 'tree');
      expect(entries.map(({ code }) => code)).toEqual(['ERR_POLICY_PATH_DENIED', 'ERR_POLICY_GRANT_MISSING']);
      const argsHash = createHash('sha256').update(JSON.stringify(args)).digest('hex');
      expect(entries[0]).toMatchObject({
        grant: 'git',
        tool: 'git-map',
        action: 'tree',
        allowed: false,
        argsHash,
      });
      expect(JSON.stringify(entries)).not.toContain('secret text');
    });

    test('tells a hub, every decision if asked to', async () => {
      const hub = await EventHub.open();
      const engine = await open({ audit: hub, auditAll: true });
      engine.tryEnforce('git', 'tree');
      engine.tryEnforce('git', 'push');
      const events = hub.readWindow({ topic: 'git' }).map(({ event }) => event as AuditEntry);
      expect(events.map(({ code, type }) => [type, code])).toEqual([
        ['policy.decision', 'ALLOWED'],
        ['policy.decision', 'ERR_POLICY_ACTION_DENIED'],
      ]);
      await hub.close();
    });

    test('writes a ledger of its own', async () => {
      const path = join(project.root, 'audit.ndjson');
      const engine = await open({ audit: { path } });
      expect(() => engine.enforce('git', 'push')).toThrow();
      await engine.close();
      engines.splice(0);
      const lines = readFileSync(path, 'utf8').trim().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as AuditEntry).action)).toEqual(['push']);
    });

    test('never throws into the caller, whatever the target and the arguments do', async () => {
      const told: string[] = [];
      const engine = await open({
        audit: () => {
          throw new Error('no room');
        },
        onError: (_error: unknown, where: string) => {
          told.push(where);
          throw new Error('nor here');
        },
      });
      const cycle: Record<string, unknown> = {};
      cycle.self = cycle;
      expect(engine.tryEnforce('git', 'push', cycle)).toBe(Verdict.actionDenied);
      expect(engine.tryEnforce('git', 'push', { big: 1n })).toBe(Verdict.actionDenied);
      expect(told).toEqual(['writing the audit', 'writing the audit']);
      expect(engine.stats().auditFailures).toBe(2);
    });

    test('publishes denials on the diagnostics channel', async () => {
      const seen: unknown[] = [];
      const listener = (entry: unknown) => seen.push(entry);
      subscribe('cortex:policy:decision', listener);
      const engine = await open();
      engine.tryEnforce('git', 'push');
      engine.tryEnforce('git', 'tree');
      unsubscribe('cortex:policy:decision', listener);
      engine.tryEnforce('git', 'push');
      expect(seen).toMatchObject([{ code: 'ERR_POLICY_ACTION_DENIED' }]);
    });
  });
});
