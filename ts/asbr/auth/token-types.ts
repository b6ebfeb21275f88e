/** One token as `tokens.json` keeps it. The token itself is nowhere, only its hash. */
export interface TokenInfo {
  /** The first 16 digits of `tokenHash`. */
  id: string;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  tokenHash: string;
  /** What the token may do; `*` is everything. */
  scopes: string[];
  /** ISO 8601. A date that cannot be read counts as past. */
  expiresAt: string;
  createdAt: string;
  /** When the token last passed; written with a delay. */
  lastUsed?: string;
}

/** A token at the one moment its text is known. */
export interface GeneratedToken extends TokenInfo {
  token: string;
}

/** The content of `tokens.json`. */
export interface TokensConfig {
  tokens: TokenInfo[];
  version: string;
}
