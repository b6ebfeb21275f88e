import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from '../../asbr/server/state/bounded-map.js';

const CODE_LIFETIME_MS = 15 * 60 * 1000;
const SESSION_LIFETIME_MS = 12 * 60 * 60 * 1000;
const MAX_SESSIONS = 256;

export interface Session {
  id: string;
  maxAgeSeconds: number;
}

/**
 * Who may talk to one run of the server: whoever has its token, and browsers that were let in.
 *
 * A browser cannot send a token with an EventSource. It gets in by a code, good for one use within 15 minutes, that is
 * handed to it in the fragment of a URL (which no server and no log sees), and holds a session of 12 hours from then on.
 * Nothing is stored: a new run has a new token and no sessions.
 */
export class RunAccess {
  readonly token: string;
  /** Cookies do not tell ports apart, so each run has a cookie of its own. */
  readonly cookieName = `cortex_live_${randomBytes(4).toString('hex')}`;
  readonly #codes = new BoundedMap<string, number>(MAX_SESSIONS);
  readonly #sessions = new BoundedMap<string, number>(MAX_SESSIONS);

  constructor(token: string) {
    this.token = token;
  }

  isToken(text: string): boolean {
    return timingSafeEqual(digest(text), digest(this.token));
  }

  issueCode(): string {
    const code = randomBytes(16).toString('base64url');
    this.#codes.set(code, Date.now() + CODE_LIFETIME_MS);
    return code;
  }

  /** Uses a code up. */
  redeemCode(code: string): boolean {
    const expiresAtMs = this.#codes.get(code) ?? 0;
    this.#codes.delete(code);
    return expiresAtMs > Date.now();
  }

  openSession(): Session {
    const id = randomBytes(32).toString('base64url');
    this.#sessions.set(id, Date.now() + SESSION_LIFETIME_MS);
    return { id, maxAgeSeconds: SESSION_LIFETIME_MS / 1000 };
  }

  hasSession(id: string): boolean {
    return (this.#sessions.get(id) ?? 0) > Date.now();
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
