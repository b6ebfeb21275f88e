/**
 * Provokes every error of policy, by a call that throws and by a promise that rejects, and tells what arrived. Plain
 * JavaScript, because it runs in the main thread of a spec and in a worker.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CortexError,
  HubError,
  openBeneath,
  PathScope,
  PolicyEngine,
  PolicyError,
  TableLimiter,
} from '@cortex-os/native';
import { sharedStore } from '@cortex-os/native/fastify';
import { RateLimiterTable } from '@cortex-os/native/rate-limiter';
import { provoked } from '../support/provoking.mjs';

const CLASSES = { CortexError, PolicyError, HubError };
const BUDGETS = [{ limit: 5, windowMs: 60_000 }];
const GIT = { tool: 'git', actions: ['tree'], rate: { perMinute: 1 }, fsScope: ['packages'] };

/** Code, then `sync`, `promise` or both. Each gets an empty folder and must not go well. */
const PROVOCATIONS = {
  ERR_POLICY_ACTION_DENIED: { sync: (folder) => engine(folder, GIT).enforce('git', 'push') },
  ERR_POLICY_PATH_DENIED: {
    sync: (folder) => engine(folder, GIT).enforce('git', 'tree', { path: '/etc/passwd' }),
    promise: (folder) => openBeneath(new PathScope(['.'], folder), '../x'),
  },
  ERR_POLICY_RATE_LIMITED: {
    sync: (folder) => {
      const own = engine(folder, GIT);
      return [own.enforce('git', 'tree'), own.enforce('git', 'tree')];
    },
  },
  ERR_POLICY_UNAVAILABLE: {
    sync: (folder) => {
      const actions = Array.from({ length: 40 }, (_, index) => `action ${index}`);
      const shared = join(folder, 'limits');
      const own = engine(folder, { ...GIT, actions }, { shared, maxKeys: 8 });
      return actions.map((action) => own.enforce('git', action));
    },
  },
  ERR_POLICY_TABLE_FULL: {
    sync: () => {
      const store = new (sharedStore({ maxKeys: 8 }))({});
      const throwIt = (error) => {
        if (error) throw error;
      };
      for (let n = 0; n < 40; n += 1) store.incr(`client ${n}`, throwIt, 60_000, 5);
    },
    promise: async () => {
      const limiter = new RateLimiterTable({ points: 5, duration: 60, maxKeys: 8 });
      for (let n = 0; n < 40; n += 1) await limiter.consume(`client ${n}`);
    },
  },
  ERR_POLICY_GRANT_ID_INVALID: loading('../git', GIT),
  ERR_POLICY_GRANT_MISSING: loading('none', GIT),
  ERR_POLICY_GRANT_INVALID: loading('git', { ...GIT, rate: {} }),
  ERR_POLICY_GRANT_UNSAFE: loading('git', GIT, 0o666),
  ERR_POLICY_GRANT_UNREADABLE: loading('git', { ...GIT, args: { pad: 'x'.repeat(1 << 20) } }),
  ERR_POLICY_SCOPE_INVALID: loading('git', { ...GIT, fsScope: ['..'] }),
  ERR_POLICY_OPEN_FAILED: {
    sync: (folder) => new PathScope(['.'], folder).openSync('none'),
    promise: (folder) => openBeneath(new PathScope(['.'], folder), 'none'),
  },
  ERR_POLICY_TABLE_OPEN: opening((folder) => ({ shared: join(folder, 'none', 'such') })),
  ERR_POLICY_TABLE_UNSAFE: opening((folder) => ({ shared: file(join(folder, 'table'), '', 0o644) })),
  ERR_POLICY_TABLE_FORMAT: opening((folder) => ({ shared: file(join(folder, 'table'), 'precious', 0o600) })),
  ERR_POLICY_TABLE_MISMATCH: opening((folder) => {
    const shared = join(folder, 'table');
    TableLimiter.openSync({ budgets: BUDGETS, shared });
    return { shared, algorithm: 'gcra' };
  }),
  ERR_POLICY_OPTION_INVALID: opening(() => ({ maxKeys: 0 })),
  ERR_POLICY_HANDLE_INVALID: {
    sync: () => {
      const limiter = TableLimiter.openSync({ budgets: BUDGETS });
      limiter.close();
      return limiter.tryConsume('a');
    },
  },
};

function file(path, text, mode) {
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function engine(folder, grant, options = {}) {
  const directory = join(folder, 'grants');
  mkdirSync(directory, { mode: 0o755 });
  file(join(directory, 'git.json'), JSON.stringify(grant), options.mode ?? 0o644);
  const { shared, maxKeys } = options;
  const table = shared === undefined ? {} : { shared, maxKeys };
  return PolicyEngine.openSync({ directory, base: folder, watch: false, revisionPath: false, ...table });
}

function loading(id, grant, mode) {
  return {
    sync: (folder) => engine(folder, grant, { mode }).loadSync(id),
    promise: (folder) => engine(folder, grant, { mode }).load(id),
  };
}

function opening(optionsIn) {
  return {
    sync: (folder) => TableLimiter.openSync({ budgets: BUDGETS, ...optionsIn(folder) }),
    promise: (folder) => TableLimiter.open({ budgets: BUDGETS, ...optionsIn(folder) }),
  };
}

/** Every outcome of this thread, see provoking.mjs. */
export const provokePolicy = () => provoked(PROVOCATIONS, CLASSES);
