/**
 * Promises of durability: one for all events of a tick, and one commit for them, up to {@link SHARE}.
 *
 * The commit is asked for in a microtask, so that all emitters that run in this turn of the event loop share it; of many,
 * the first are on their way to the disk while the others are still being made.
 */
import { native, raw } from '../native.js';

interface Group {
  /** Settled once every offset below this one is durable. */
  upTo: number;
  readonly promise: Promise<number>;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Events that share a promise and a commit. A sync of so few takes little longer than one of a single event. */
const SHARE = 64;

/** See the module. */
export class DurableWaiters {
  readonly #attachment: number;
  readonly #keepAlive: boolean;
  /** In order of asking: a later one may wait for less. */
  #groups: Group[] = [];
  #gathering: Group | undefined;
  #gathered = 0;
  #closing = false;

  constructor(attachment: number, keepAlive: boolean) {
    this.#attachment = attachment;
    this.#keepAlive = keepAlive;
  }

  /** Resolves once `offset` is durable, to the highest offset that is waited for together with it. */
  wait(offset: number): Promise<number> {
    const group = this.#gathering ?? this.#gather();
    if (offset >= group.upTo) group.upTo = offset + 1;
    this.#gathered += 1;
    if (this.#gathered === SHARE) this.#seal(group);
    return group.promise;
  }

  #gather(): Group {
    const { promise, resolve, reject } = withResolvers();
    const group: Group = { upTo: 0, promise, resolve, reject };
    this.#gathering = group;
    this.#gathered = 0;
    queueMicrotask(() => {
      if (this.#gathering === group) this.#seal(group);
    });
    return group;
  }

  /** Nobody joins `group` any more; its commit is asked for. */
  #seal(group: Group): void {
    this.#gathering = undefined;
    if (this.#groups.length === 0 && !this.#keepAlive) raw.hold(this.#attachment, 1);
    this.#groups.push(group);
    if (this.#closing) return;
    const durable = raw.commit(this.#attachment);
    // A wake-up for earlier groups is on its way. Settling them here could go on for ever without a turn of the loop.
    if (durable < 0 || durable >= group.upTo) this.#settleArmed(durable);
  }

  /** Settles what `durable`, the answer of a raw call, allows, and asks to be woken for the rest. */
  settle(durable: number): void {
    if (this.#groups.length === 0) return;
    this.#settleUpTo(durable);
    if (this.#groups.length > 0) this.#settleArmed(raw.commit(this.#attachment));
    else this.#rest();
  }

  /** As {@link settle}, with the answer of `commit`: it asked for a wake-up before it looked, so once is enough. */
  #settleArmed(durable: number): void {
    this.#settleUpTo(durable);
    if (this.#groups.length === 0) this.#rest();
  }

  #settleUpTo(durable: number): void {
    if (durable < 0) this.#refuse(durable);
    else this.#resolveBelow(durable);
  }

  #rest(): void {
    if (!this.#keepAlive) raw.hold(this.#attachment, 0);
  }

  /** The hub is being closed: nobody is woken any more, and {@link end} will tell. */
  close(): void {
    this.settle(raw.durable(this.#attachment));
    this.#closing = true;
  }

  /** The hub is closed with everything below `durable` on disk. Who waits for more gets `error`. */
  end(durable: number, error: unknown): void {
    this.#closing = false;
    this.#resolveBelow(durable);
    this.#rejectAll(error);
  }

  #resolveBelow(durable: number): void {
    const waiting: Group[] = [];
    for (const group of this.#groups) {
      if (group.upTo > durable) waiting.push(group);
      else group.resolve(group.upTo - 1);
    }
    this.#groups = waiting;
  }

  /** The ledger failed or the hub is gone: what had become durable before is, the rest is not. */
  #refuse(status: number): void {
    let error: unknown;
    try {
      this.#resolveBelow(native.hubStats(this.#attachment).durable);
      native.hubExplain(this.#attachment, status, 0);
    } catch (explained) {
      error = explained;
    }
    this.#rejectAll(error);
  }

  #rejectAll(error: unknown): void {
    for (const group of this.#groups.splice(0)) group.reject(error);
  }
}

function withResolvers(): Pick<Group, 'promise' | 'resolve' | 'reject'> {
  let resolve!: (offset: number) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<number>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
