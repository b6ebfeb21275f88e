/** Where decisions are told. Whatever goes wrong here never reaches the caller of a decision. */
import { channel } from 'node:diagnostics_channel';
import { EventHub } from '../event-hub.js';
import type { AuditEntry, AuditTarget, Decision } from './types.js';

/** Published with every audited decision, whether or not an audit target is set. */
const DECISIONS = channel('cortex:policy:decision');

export class Audit {
  readonly #tell: ((entry: AuditEntry) => void) | undefined;
  readonly #own: EventHub | undefined;
  readonly #all: boolean;
  readonly #onError: (error: unknown, where: string) => void;
  failures = 0;

  /** @param own the hub of a ledger that belongs to the engine */
  constructor(
    target: AuditTarget | undefined,
    own: EventHub | undefined,
    all: boolean,
    onError: (error: unknown, where: string) => void,
  ) {
    this.#own = own;
    this.#all = all;
    this.#onError = onError;
    const hub = own ?? (target instanceof EventHub ? target : undefined);
    if (hub) this.#tell = (entry) => void hub.emit(entry, { topic: entry.grant });
    else if (typeof target === 'function') this.#tell = target;
  }

  /** Whether a decision of this kind is told to anybody: asked before anything is made for it. */
  wants(allowed: boolean): boolean {
    return (this.#tell !== undefined || DECISIONS.hasSubscribers) && (this.#all || !allowed);
  }

  record(decision: Decision, tool: string, action: string, args: unknown): void {
    try {
      const { grant, revision, allowed, code, reason } = decision;
      const at = new Date().toISOString();
      const argsHash = hashOf(args);
      const entry = {
        type: 'policy.decision',
        at,
        grant,
        revision,
        tool,
        action,
        allowed,
        code,
        reason,
        argsHash,
      };
      const frozen = Object.freeze(entry) as AuditEntry;
      if (DECISIONS.hasSubscribers) DECISIONS.publish(frozen);
      this.#tell?.(frozen);
    } catch (error) {
      this.failures += 1;
      try {
        this.#onError(error, 'writing the audit');
      } catch {
        // Nobody is left to be told.
      }
    }
  }

  async close(): Promise<void> {
    await this.#own?.close();
  }
}

function hashOf(args: unknown): string {
  // Loaded with the first entry: most processes that import this package write none.
  const { createHash } = require('node:crypto') as typeof import('node:crypto');
  try {
    return createHash('sha256')
      .update(JSON.stringify(args) ?? 'undefined')
      .digest('hex');
  } catch {
    return 'unhashable'; // cycles, big integers, getters that throw
  }
}
