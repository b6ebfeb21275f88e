/** Who decides. Each opens a session: `decide()` for the case's call, `decideOutside()` for a path that must be refused. */
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { nativePackage } from '../harness/native.mjs';
import { openCluster } from './cluster.mjs';

const require = createRequire(import.meta.url);
const { z } = createRequire(new URL('../../package.json', import.meta.url))('zod');
const GRANT = { tool: 'git-map', actions: ['tree', 'snippet', 'search'], fsScope: ['packages', 'docs'] };
const OUTSIDE = '../../etc/passwd';

export const contenders = {
  'original-pattern': originalPattern,
  'js-ring': jsRing,
  'rate-limiter-flexible-memory': flexibleMemory,
  'rate-limiter-flexible-cluster': ({ perMinute }) => openCluster(perMinute),
  'fastify-local': fastifyLocal,
  casbin,
  'cedar-wasm': cedar,
  'native-local': (job) => native(job, undefined),
  'native-shared': (job) => native(job, join(job.dir, 'limits')),
  'native-throw': nativeThrow,
  'plain-open': (job) => opening(job, (file) => openSync(file, 'r')),
  'realpath-open': (job) => opening(job, (file) => openSync(realpathSync(file), 'r')),
};

/** What the package replaced does: look-up by includes, path.relative, a list of timestamps filtered on each call. */
function originalPattern({ dir, case: name, perMinute, path }) {
  const windows = new Map();
  const enforce = (action, args) => {
    if (!GRANT.actions.includes(action)) throw new Error('action not allowed');
    if (args.path) {
      const place = relative(process.cwd(), args.path);
      if (!GRANT.fsScope.some((scope) => place === scope || place.startsWith(`${scope}/`))) return false;
    }
    const key = `${GRANT.tool}:${action}`;
    const now = Date.now();
    const recent = (windows.get(key) ?? []).filter((time) => now - time < 60_000);
    windows.set(key, recent);
    if (recent.length >= perMinute) return false; // it throws here; that cost has a case of its own
    recent.push(now);
    return true;
  };
  if (name === 'grant') return { decide: grantFromDisk(dir) };
  if (name === 'denial')
    return {
      decide: () => {
        try {
          return Number(enforce('push', {}));
        } catch {
          return 0;
        }
      },
    };
  if (name !== 'path') return { decide: () => Number(enforce('tree', {})) };
  const check = (given) => {
    windows.clear(); // the path is the case, not the list
    return Number(enforce('tree', { path: given }));
  };
  return { decide: () => check(path), decideOutside: () => check(OUTSIDE) };
}

function grantFromDisk(dir) {
  const { file } = writeGrant(dir, 60);
  const schema = z.object({
    tool: z.string(),
    actions: z.array(z.string()),
    args: z.record(z.any()).default({}),
    dataClass: z.enum(['public', 'internal', 'sensitive']).default('internal'),
    rate: z.object({ perMinute: z.number().int().min(1) }),
    fsScope: z.array(z.string()).default([]),
  });
  return () => Number(schema.parse(JSON.parse(readFileSync(file, 'utf8'))).tool === GRANT.tool);
}

/** What one writes who knows how: a compiled grant, a ring of timestamps. */
function jsRing({ perMinute }) {
  const compiled = new WeakMap();
  const grant = { ...GRANT };
  const actions = new Map(
    GRANT.actions.map((action) => [action, { times: new Float64Array(perMinute), head: 0, full: false }]),
  );
  compiled.set(grant, actions);
  const enforce = (own, action) => {
    const ring = compiled.get(own).get(action);
    if (ring === undefined) return 0;
    const now = Date.now();
    const { head } = ring;
    if (ring.full && now - ring.times[head] < 60_000) return 0;
    ring.times[head] = now;
    ring.head = head + 1 === perMinute ? 0 : head + 1;
    if (ring.head === 0) ring.full = true;
    return 1;
  };
  return { decide: () => enforce(grant, 'tree') };
}

function flexibleMemory({ perMinute }) {
  const { RateLimiterMemory } = require('rate-limiter-flexible');
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  const yes = () => 1;
  const no = () => 0;
  return { decide: () => limiter.consume('git-map:tree').then(yes, no) };
}

/** The store inside @fastify/rate-limit: it counts, the plugin compares. */
function fastifyLocal({ perMinute }) {
  const LocalStore = require('@fastify/rate-limit/store/LocalStore.js');
  const store = new LocalStore(false, false);
  let current = 0;
  const keep = (_error, answer) => {
    current = answer.current;
  };
  return {
    decide: () => {
      store.incr('git-map:tree', keep, 60_000, perMinute);
      return current > perMinute ? 0 : 1;
    },
  };
}

async function casbin({ path }) {
  const { newEnforcer, newModelFromString, StringAdapter } = require('casbin');
  const model = newModelFromString(`
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.act == p.act && keyMatch(r.obj, p.obj)`);
  const lines = GRANT.actions.flatMap((action) =>
    GRANT.fsScope.map((scope) => `p, ${GRANT.tool}, ${scope}/*, ${action}`),
  );
  const enforcer = await newEnforcer(model, new StringAdapter(lines.join('\n')));
  const decide = (given) => Number(enforcer.enforceSync(GRANT.tool, given, 'tree'));
  return { counts: false, decide: () => decide(path), decideOutside: () => decide(OUTSIDE) };
}

async function cedar({ path }) {
  const wasm = require('@cedar-policy/cedar-wasm/nodejs');
  const staticPolicies = `permit(principal == Tool::"${GRANT.tool}", action in [${GRANT.actions
    .map((action) => `Action::"${action}"`)
    .join(', ')}], resource) when { context.path like "packages/*" || context.path like "docs/*" };`;
  const decide = (given) => {
    const answer = wasm.isAuthorized({
      principal: { type: 'Tool', id: GRANT.tool },
      action: { type: 'Action', id: 'tree' },
      resource: { type: 'File', id: 'any' },
      context: { path: given },
      policies: { staticPolicies },
      entities: [],
    });
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer));
    return Number(answer.response.decision === 'allow');
  };
  return { counts: false, decide: () => decide(path), decideOutside: () => decide(OUTSIDE) };
}

function writeGrant(dir, perMinute) {
  const directory = join(dir, 'grants');
  mkdirSync(directory, { mode: 0o755 });
  const file = join(directory, 'git.json');
  writeFileSync(file, JSON.stringify({ ...GRANT, rate: { perMinute } }), { mode: 0o644 });
  return { directory, file };
}

async function native({ dir, case: name, perMinute, path }, shared) {
  if (name === 'open') return nativeOpening(dir);
  const { directory } = writeGrant(dir, perMinute);
  const { PolicyEngine } = nativePackage;
  const engine = await PolicyEngine.open({
    directory,
    base: dir,
    ...(shared ? { shared, maxKeys: 8, maxRate: perMinute } : {}),
  });
  const grant = await engine.load('git');
  const close = () => engine.close();
  if (name === 'grant') return { close, decide: () => Number(engine.loadSync('git') === grant) };
  if (name === 'denial') return { close, decide: () => engine.tryEnforce(grant, 'push', {}) };
  if (name !== 'path') return { close, decide: () => engine.tryEnforce(grant, 'tree') };
  const args = { path };
  return {
    close,
    decide: () => engine.tryEnforce(grant, 'tree', args),
    decideOutside: () => engine.tryEnforce(grant, 'tree', { path: OUTSIDE }),
  };
}

async function nativeThrow(job) {
  const { directory } = writeGrant(job.dir, job.perMinute);
  const engine = await nativePackage.PolicyEngine.open({ directory, base: job.dir });
  const grant = await engine.load('git');
  return {
    close: () => engine.close(),
    decide: () => {
      try {
        return Number(engine.enforce(grant, 'push', {}));
      } catch {
        return 0;
      }
    },
  };
}

function fileInScope(dir) {
  const folder = join(dir, 'packages', 'native', 'src');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'file.ts');
  writeFileSync(file, 'text');
  return file;
}

function opening({ dir }, open) {
  const file = fileInScope(dir);
  return {
    decide: () => {
      closeSync(open(file));
      return 1;
    },
  };
}

function nativeOpening(dir) {
  const file = relative(dir, fileInScope(dir));
  const scope = new nativePackage.PathScope(['packages'], dir);
  return {
    decide: () => {
      closeSync(scope.openSync(file));
      return 1;
    },
  };
}
