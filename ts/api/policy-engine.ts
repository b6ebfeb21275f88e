/**
 * The policy engine: may this tool do this, here, now?
 *
 * Actions, paths, counts, in that order, so that a call that is refused for what it is takes nothing from the budget.
 */
import { join, resolve } from 'node:path';
import { CortexError, PolicyError, type PolicyErrorCode } from '../errors.js';
import { native } from '../native.js';
import { EventHub } from './event-hub.js';
import { openBeneath as openInside, type PathLike, type PathScope } from './path-scope.js';
import { Audit } from './policy/audit.js';
import { CompiledGrant } from './policy/compiled-grant.js';
import { type Counters, LocalCounters, SharedCounters } from './policy/counters.js';
import { explain } from './policy/explain.js';
import { GrantCache } from './policy/grant-cache.js';
import {
  type AuditTarget,
  DEFAULT_PATH_ARGUMENTS,
  type Decision,
  type DecisionCode,
  type PolicyEngineOptions,
  type PolicyGrant,
  type PolicyStats,
  Verdict,
} from './policy/types.js';

type Args = Readonly<Record<string, unknown>>;

const MESSAGES: Readonly<Record<number, readonly [DecisionCode, string]>> = {
  [Verdict.allowed]: ['ALLOWED', 'allowed'],
  [Verdict.actionDenied]: ['ERR_POLICY_ACTION_DENIED', 'action not allowed'],
  [Verdict.pathDenied]: ['ERR_POLICY_PATH_DENIED', 'path not within fsScope'],
  [Verdict.rateLimited]: ['ERR_POLICY_RATE_LIMITED', 'rate limit exceeded'],
  [Verdict.unavailable]: ['ERR_POLICY_UNAVAILABLE', 'the limiter is out of reach: its table is full'],
};

/**
 * Grants of a directory, and decisions by them.
 *
 * @example
 * const policy = await PolicyEngine.open({ shared: '/run/app/limits' });
 * const grant = await policy.load('git');
 * policy.enforce(grant, 'snippet', { path: 'packages/a.ts' }); // throws PolicyError
 * const { allowed, retryAfterMs } = policy.decide('git', 'tree', {}); // does not
 */
export class PolicyEngine implements AsyncDisposable {
  readonly #cache: GrantCache;
  readonly #counters: Counters;
  readonly #audit: Audit;
  readonly #known = new WeakMap<PolicyGrant, CompiledGrant>();
  // Calls come in runs of one grant; comparing with the last is cheaper than hashing.
  #last: CompiledGrant | undefined;
  #allowed = 0;
  readonly #denied = { action: 0, path: 0, rate: 0, unavailable: 0, grant: 0 };

  private constructor(options: PolicyEngineOptions, ticket: number | undefined, own: EventHub | undefined) {
    const now = options.now ?? Date.now;
    const onError = options.onError ?? warn;
    const directory = resolve(options.directory ?? join('.cortex', 'policy', 'tools'));
    this.#counters = ticket === undefined ? new LocalCounters(now) : new SharedCounters(ticket);
    this.#audit = new Audit(options.audit, own, options.auditAll ?? false, onError);
    const parts = {
      base: resolve(options.base ?? '.'),
      pathArguments: [...(options.pathArguments ?? DEFAULT_PATH_ARGUMENTS)],
      counters: this.#counters,
      openWhenFull: options.onFull === 'open',
    };
    const { revisionPath = join(directory, '.revision') } = options;
    this.#cache = new GrantCache({
      directory,
      strict: options.strictPermissions ?? true,
      ttlMs: atLeast('ttlMs', options.ttlMs ?? 5000, 0),
      maxGrants: atLeast('maxGrants', options.maxGrants ?? 64, 1),
      watch: options.watch ?? true,
      revisionPath: revisionPath === false ? undefined : revisionPath,
      now,
      compile: (id, revision, record) => {
        const compiled = new CompiledGrant(id, revision, record, parts);
        this.#known.set(compiled.grant, compiled);
        return compiled;
      },
      onError,
    });
  }

  /**
   * Opens an engine without blocking the event loop. Grants are read when they are first asked for.
   *
   * @throws the codes of {@link TableLimiter.open} for `shared`, those of {@link EventHub.open} for an audit ledger
   */
  static async open(options: PolicyEngineOptions = {}): Promise<PolicyEngine> {
    const own = isLedger(options.audit) ? await EventHub.open({ path: options.audit.path }) : undefined;
    try {
      const ticket = options.shared
        ? await native.limiterOpen(options.shared, planOf(options), false)
        : undefined;
      return new PolicyEngine(options, ticket, own);
    } catch (error) {
      await own?.close();
      throw error;
    }
  }

  /** The same, blocking. */
  static openSync(options: PolicyEngineOptions = {}): PolicyEngine {
    const own = isLedger(options.audit) ? EventHub.openSync({ path: options.audit.path }) : undefined;
    const ticket = options.shared
      ? native.limiterOpenSync(options.shared, planOf(options), false)
      : undefined;
    return new PolicyEngine(options, ticket, own);
  }

  /**
   * The grant `<id>.json`, from memory or from the directory.
   *
   * @throws `ERR_POLICY_GRANT_ID_INVALID`, `ERR_POLICY_GRANT_MISSING`, `ERR_POLICY_GRANT_INVALID`,
   * `ERR_POLICY_GRANT_UNSAFE`, `ERR_POLICY_GRANT_UNREADABLE`, `ERR_POLICY_SCOPE_INVALID`
   */
  async load(id: string): Promise<PolicyGrant> {
    return (await this.#cache.load(id)).grant;
  }

  /** The same at once. In memory it costs a look-up, otherwise reading a file. */
  loadSync(id: string): PolicyGrant {
    return this.#cache.get(id).grant;
  }

  /**
   * Returns `true` or throws. A grant is given as `load` gave it, or by id, which follows changes of its file.
   *
   * @throws `ERR_POLICY_ACTION_DENIED`, `ERR_POLICY_PATH_DENIED`, `ERR_POLICY_RATE_LIMITED`, `ERR_POLICY_UNAVAILABLE`,
   * and with an id what `load` throws
   */
  enforce(grant: PolicyGrant | string, action: string, args: Args = {}): true {
    const compiled = this.#compiled(grant);
    const verdict = this.#judge(compiled, action, args);
    if (verdict === Verdict.allowed) return true;
    const [code, message] = MESSAGES[verdict] as readonly [PolicyErrorCode, string];
    throw new PolicyError(code, message, this.#fields(compiled, verdict, action, args));
  }

  /** Decides without throwing and without making anything: one of {@link Verdict}, above 0 for yes. */
  tryEnforce(grant: PolicyGrant | string, action: string, args?: Args): number {
    const last = this.#last;
    if (last !== undefined && grant === last.grant) return this.#judge(last, action, args);
    try {
      return this.#judge(this.#compiled(grant), action, args);
    } catch (error) {
      this.#refused(grant, action, args, error);
      return Verdict.noGrant;
    }
  }

  /** Decides without throwing, and says everything there is to say. */
  decide(grant: PolicyGrant | string, action: string, args: Args = {}): Decision {
    let compiled: CompiledGrant;
    try {
      compiled = this.#compiled(grant);
    } catch (error) {
      return this.#refused(grant, action, args, error);
    }
    return this.#decision(compiled, this.#judge(compiled, action, args), action);
  }

  /** What would happen and why, in words. Counts nothing. */
  explain(grant: PolicyGrant | string, action: string, args: Args = {}): string {
    return explain(this.#compiled(grant), action, args);
  }

  /** The scope of a grant, to judge or open many paths with. */
  scope(grant: PolicyGrant | string): PathScope {
    return this.#compiled(grant).scope;
  }

  /**
   * Opens a file inside the scope of a grant; see the function of the same name. Decides nothing and counts nothing.
   *
   * @throws `ERR_POLICY_PATH_DENIED`, `ERR_POLICY_OPEN_FAILED`
   */
  openBeneath(
    grant: PolicyGrant | string,
    path: PathLike,
    flags: string | number = 'r',
    mode = 0o666,
  ): ReturnType<typeof openInside> {
    return openInside(this.#compiled(grant).scope, path, flags, mode);
  }

  /** Makes this process, and all that share the revision, read grants again before their next use. */
  invalidate(id?: string): void {
    this.#cache.bust(id);
  }

  /** Forgets what this process counted alone. Counts in a shared table stay. */
  resetCounts(): void {
    this.#counters.clear();
    this.#cache.bust();
  }

  stats(): PolicyStats {
    return {
      allowed: this.#allowed,
      denied: { ...this.#denied },
      ...this.#cache.counts,
      auditFailures: this.#audit.failures,
      watching: this.#cache.watching,
      grants: this.#cache.entries(),
    };
  }

  /** Ends watching, lets go of a shared table, and closes an audit ledger of its own. */
  async close(): Promise<void> {
    this.#cache.close();
    this.#counters.close();
    await this.#audit.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #compiled(grant: PolicyGrant | string): CompiledGrant {
    if (typeof grant === 'string') return this.#cache.get(grant);
    if (grant === this.#last?.grant) return this.#last;
    const known = this.#known.get(grant);
    if (known) {
      this.#last = known;
      return known;
    }
    const message = 'the grant was not loaded by this engine; pass its id, or what load() gave';
    throw new PolicyError('ERR_POLICY_GRANT_INVALID', message, {
      id: '',
      field: '(grant)',
      reason: 'unknown',
    });
  }

  #judge(compiled: CompiledGrant, action: string, args: Args | undefined): number {
    const verdict = compiled.judge(action, args);
    if (verdict === Verdict.allowed) {
      this.#allowed += 1;
      if (this.#audit.wants(true)) this.#record(compiled, verdict, action, args);
      return verdict;
    }
    if (verdict === Verdict.actionDenied) this.#denied.action += 1;
    else if (verdict === Verdict.pathDenied) this.#denied.path += 1;
    else if (verdict === Verdict.rateLimited) this.#denied.rate += 1;
    else this.#denied.unavailable += 1;
    if (this.#audit.wants(false)) this.#record(compiled, verdict, action, args);
    return verdict;
  }

  #record(compiled: CompiledGrant, verdict: number, action: string, args: Args | undefined): void {
    this.#audit.record(this.#decision(compiled, verdict, action), compiled.grant.tool, action, args);
  }

  #decision(compiled: CompiledGrant, verdict: number, action: string): Decision {
    const [code, reason] = MESSAGES[verdict] as readonly [DecisionCode, string];
    const counted = verdict === Verdict.allowed || verdict === Verdict.rateLimited;
    const left = counted ? compiled.counter(action)?.left() : undefined;
    return {
      allowed: verdict === Verdict.allowed,
      code,
      reason: verdict === Verdict.pathDenied ? `${reason}: ${compiled.refusal.argument}` : reason,
      grant: compiled.grant.id,
      revision: compiled.grant.revision,
      remaining: left?.remaining,
      resetMs: left?.resetMs,
      retryAfterMs: verdict === Verdict.rateLimited ? Math.ceil(compiled.refusal.retryAfterMs) : 0,
    };
  }

  #fields(
    compiled: CompiledGrant,
    verdict: number,
    action: string,
    args: Args,
  ): Record<string, string | number> {
    const { refusal, grant, scope, budgets } = compiled;
    if (verdict === Verdict.actionDenied) return { tool: grant.tool, action };
    if (verdict === Verdict.pathDenied) {
      const { argument } = refusal;
      return { argument, reason: scope.explain(args[argument]) ?? 'changed while it was judged' };
    }
    if (verdict === Verdict.rateLimited) {
      const limit = compiled.counter(action)?.left().limit ?? budgets[0]?.limit ?? 0;
      return { limit, retryAfterMs: Math.ceil(refusal.retryAfterMs) };
    }
    return { reason: 'its table is full' };
  }

  /** No grant, no permission. */
  #refused(grant: PolicyGrant | string, action: string, args: Args | undefined, error: unknown): Decision {
    this.#denied.grant += 1;
    const id = typeof grant === 'string' ? grant : '';
    const decision: Decision = {
      allowed: false,
      code: error instanceof CortexError ? (error.code as DecisionCode) : 'ERR_POLICY_GRANT_UNREADABLE',
      reason: error instanceof Error ? error.message : String(error),
      grant: id,
      revision: '',
      remaining: undefined,
      resetMs: undefined,
      retryAfterMs: 0,
    };
    if (this.#audit.wants(false)) this.#audit.record(decision, '', action, args);
    return decision;
  }
}

function planOf(options: PolicyEngineOptions): string {
  return SharedCounters.plan(options.maxKeys ?? 1024, options.maxRate ?? 1000);
}

function isLedger(target: AuditTarget | undefined): target is { readonly path: string } {
  return typeof target === 'object' && !(target instanceof EventHub);
}

function atLeast(option: string, value: number, least: number): number {
  if (value >= least) return value;
  const expected = `a number of at least ${least}`;
  const fields = { option, expected, actual: String(value) };
  throw new PolicyError('ERR_POLICY_OPTION_INVALID', `${option} must be ${expected}, not ${value}`, fields);
}

function warn(error: unknown, where: string): void {
  process.emitWarning(`${where}: ${error instanceof Error ? error.message : String(error)}`, 'PolicyWarning');
}
