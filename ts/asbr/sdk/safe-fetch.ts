import { ASBRError } from '../types/index.js';

export interface SafeFetchOptions {
  /** The only origin that may be asked; its protocol must be http or https. */
  origin: string;
  /** Until the response head is there, in milliseconds. Default 30,000. */
  timeoutMs?: number | undefined;
  init?: RequestInit | undefined;
}

/**
 * `fetch` for one server: another origin is refused before anything (the token too) leaves this
 * process, redirects are not followed, and a server that does not answer is given up.
 *
 * The timeout ends with the response head, so the body may be a stream without end.
 * Errors: `SAFE_FETCH_BLOCKED` (`[brAInwav] Safe fetch blocked: …`), `REQUEST_TIMEOUT`
 * (`[brAInwav] Request timeout after <n>ms`); network errors as `fetch` throws them.
 */
export async function safeFetch(url: string, options: SafeFetchOptions): Promise<Response> {
  const refusal = refuseUrl(url, options.origin);
  if (refusal) {
    throw new ASBRError(`[brAInwav] Safe fetch blocked: ${refusal}`, 'SAFE_FETCH_BLOCKED', 400);
  }

  const timeoutMs = options.timeoutMs ?? 30_000;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signals = [timeout.signal];
  if (options.init?.signal) signals.push(options.init.signal);
  try {
    return await fetch(url, {
      ...options.init,
      redirect: 'manual',
      signal: AbortSignal.any(signals),
    });
  } catch (error) {
    if (!timeout.signal.aborted) throw error;
    const message = `[brAInwav] Request timeout after ${timeoutMs}ms`;
    throw new ASBRError(message, 'REQUEST_TIMEOUT', 504);
  } finally {
    clearTimeout(timer);
  }
}

function refuseUrl(url: string, origin: string): string | undefined {
  if (!URL.canParse(url)) return `Invalid URL: ${url}`;
  const { protocol, host } = new URL(url);
  const allowed = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') {
    return `Protocol '${protocol}' not allowed. Allowed: http:, https:`;
  }
  if (protocol !== allowed.protocol) {
    return `Protocol '${protocol}' not allowed. Allowed: ${allowed.protocol}`;
  }
  return host === allowed.host ? undefined : `Host '${host}' not in allowlist: ${allowed.host}`;
}
