import { logWarn } from '../lib/logger.js';
import { AuthenticationError, ValidationError } from '../types/index.js';
import { createToken, findToken, isLive, mayEverything, withoutText } from './token.js';
import { reasonOf, TokenFile } from './token-file.js';
import type { GeneratedToken, TokenInfo } from './token-types.js';

/** How long uses are gathered before `lastUsed` is written. */
const usageDelayMs = 5_000;

/** Gets the tokens and returns those to keep; the same array means nothing to write. */
type Change = (tokens: readonly TokenInfo[]) => readonly TokenInfo[];

/** What can be done with the tokens of one file. Changes go one after another. */
export class TokenStore {
  readonly #file: TokenFile;
  #lastChange: Promise<unknown> = Promise.resolve();
  #lastFlush: Promise<void> = Promise.resolve();
  #uses = new Map<string, string>();
  #usageTimer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#file = new TokenFile(path);
  }

  /** Finds a live token by its text; an expired one is removed from the file. */
  async validate(text: string): Promise<TokenInfo> {
    const found = findToken(await this.#loadForLogin(), text);
    if (!found) throw new AuthenticationError('Invalid token');
    if (!isLive(found)) {
      await this.#removeQuietly(found.id);
      throw new AuthenticationError('Token expired');
    }
    return { ...found, scopes: [...found.scopes] };
  }

  async generate(scopes: readonly string[], ttlHours: number): Promise<GeneratedToken> {
    const created = createToken(scopes, ttlHours);
    await this.#change('Failed to save token', (tokens) => [...tokens, withoutText(created)]);
    return created;
  }

  /** Puts a new token for everything in the place of the live ones. */
  async replaceAdmin(ttlHours: number): Promise<GeneratedToken> {
    const created = createToken(['*'], ttlHours);
    await this.#change('Failed to initialize authentication', (tokens) => [
      ...tokens.filter((token) => !(mayEverything(token) && isLive(token))),
      withoutText(created),
    ]);
    return created;
  }

  async revoke(tokenId: string): Promise<void> {
    await this.#change('Failed to revoke token', (tokens) =>
      keepOnly(tokens, (token) => token.id !== tokenId),
    );
  }

  /** Removes what has expired and tells how many tokens that were. */
  async removeExpired(): Promise<number> {
    let removed = 0;
    await this.#change('Failed to cleanup tokens', (tokens) => {
      const live = keepOnly(tokens, isLive);
      removed = tokens.length - live.length;
      return live;
    });
    return removed;
  }

  /** Remembers that a token passed; written after a while, together with all other uses. */
  noteUse(tokenId: string): void {
    this.#uses.set(tokenId, new Date().toISOString());
    this.#usageTimer ??= setTimeout(() => void this.flushUses(), usageDelayMs).unref();
  }

  /** Writes the uses remembered so far, after those being written. Never rejects. */
  flushUses(): Promise<void> {
    clearTimeout(this.#usageTimer);
    this.#usageTimer = undefined;
    this.#lastFlush = this.#lastFlush.then(() => this.#writeUses());
    return this.#lastFlush;
  }

  /** A failure is logged: it must not cost anyone the access. */
  async #writeUses(): Promise<void> {
    const uses = this.#uses;
    this.#uses = new Map();
    const noteUses: Change = (tokens) => {
      if (!tokens.some((token) => uses.has(token.id))) return tokens;
      return tokens.map((token) => {
        const lastUsed = uses.get(token.id);
        return lastUsed === undefined ? token : { ...token, lastUsed };
      });
    };
    try {
      // A file that has gone must stay gone, and its folder has no place for a lock.
      const present = await this.#file.load();
      if (noteUses(present) !== present) await this.#change('Failed to update token usage', noteUses);
    } catch (error) {
      logWarn('Failed to update token usage', { error });
    }
  }

  async #loadForLogin(): Promise<readonly TokenInfo[]> {
    try {
      return await this.#file.load();
    } catch (error) {
      throw new AuthenticationError(`Unable to load tokens: ${reasonOf(error)}`);
    }
  }

  #change(failure: string, change: Change): Promise<void> {
    const result = this.#lastChange.then(async () => {
      // Read apart first, so that a broken file is reported with what was meant to be done.
      await this.#file.load().catch((error: unknown) => {
        throw new ValidationError(`${failure}: ${reasonOf(error)}`);
      });
      await this.#file.update(change);
    });
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  async #removeQuietly(tokenId: string): Promise<void> {
    try {
      await this.revoke(tokenId);
    } catch (error) {
      logWarn('Failed to remove an expired token', { error });
    }
  }
}

function keepOnly(tokens: readonly TokenInfo[], keep: (token: TokenInfo) => boolean): readonly TokenInfo[] {
  const kept = tokens.filter(keep);
  return kept.length === tokens.length ? tokens : kept;
}
