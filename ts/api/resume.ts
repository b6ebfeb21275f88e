/** Where a reader begins: a resume token as an offset, or the gap that it left. */
import { native, raw } from '../native.js';
import type { Gap, GapReason } from './types.js';

/** Answers of `hubResume` that are no offsets. */
const OTHER_EPOCH = -1;
const UNKNOWN = -2;
const NOT_IN_WINDOW = -3;

/** What readers need to know of a hub. */
export interface LogIdentity {
  /** Number of the hub object for native calls: a thread may hold one hub several times. */
  readonly attachment: number;
  readonly epoch: string;
  readonly hasLedger: boolean;
}

/** A place to read from, and the gap that leads there if there is one. */
export interface Start {
  readonly from: number;
  readonly gap?: Gap;
}

/** The first offset that a reader with `token` has not seen. Asks the ledger for an id that the window lacks. */
export function resume(log: LogIdentity, filter: number, token: string | number): Start | Promise<Start> {
  if (typeof token === 'number') {
    const from = Math.max(0, Math.trunc(token) + 1);
    if (from <= raw.head(log.attachment)) return startAt(log, filter, from);
    return missing(log, filter, `${log.epoch}-${token}`, 'unknown');
  }
  const found = native.hubResume(log.attachment, token);
  if (found >= 0) return startAt(log, filter, found + 1);
  if (found !== NOT_IN_WINDOW || !log.hasLedger) return missing(log, filter, token, reasonOf(found));
  return native.hubFindInLedger(log.attachment, token).then((offset) => {
    return offset >= 0 ? { from: offset + 1 } : missing(log, filter, token, 'unknown');
  });
}

/** Without a ledger, what the window no longer has is gone; with one, what its oldest file has not. */
function startAt(log: LogIdentity, filter: number, from: number): Start {
  const kept = log.hasLedger ? !isDeleted(log, from) : from >= raw.keptFrom(log.attachment, filter);
  return kept ? { from } : expired(log, filter, from);
}

/** Whether retention has deleted the event at `from` from the ledger. */
export function isDeleted(log: LogIdentity, from: number): boolean {
  return log.hasLedger && from < native.hubOldest(log.attachment);
}

/** The gap of a reader whose next event at `from` is gone. */
export function expired(log: LogIdentity, filter: number, from: number): Start {
  const requested = `${log.epoch}-${from - 1}`;
  if (!log.hasLedger) return missing(log, filter, requested, 'expired');
  const oldest = native.hubOldest(log.attachment);
  return { from: oldest, gap: { requested, oldest: `${log.epoch}-${oldest}`, reason: 'expired' } };
}

function missing(log: LogIdentity, filter: number, requested: string, reason: GapReason): Start {
  const from = raw.keptFrom(log.attachment, filter);
  return { from, gap: { requested, oldest: `${log.epoch}-${from}`, reason } };
}

function reasonOf(answer: number): GapReason {
  return answer === OTHER_EPOCH ? 'epoch' : 'unknown';
}

/** The offset that `token` names, for a query; throws what the hub says of anything else. */
export function offsetOf(log: LogIdentity, token: string | number): number | Promise<number> {
  if (typeof token === 'number') return token;
  const found = native.hubResume(log.attachment, token);
  if (found >= 0) return found;
  if (found === UNKNOWN || found === OTHER_EPOCH || !log.hasLedger) return refuse(log, token);
  return native
    .hubFindInLedger(log.attachment, token)
    .then((offset) => (offset >= 0 ? offset : refuse(log, token)));
}

function refuse(log: LogIdentity, token: string): never {
  native.hubRefuseCursor(log.attachment, token);
  throw new Error('unreachable: the call above throws');
}
