import { ASBRError } from '../types/index.js';

/**
 * The error of a response that is no success: message `API request failed: <status> <body>`,
 * `statusCode` the HTTP status, `code` the one in the body or `API_REQUEST_FAILED`.
 */
export async function toRequestError(response: Response): Promise<ASBRError> {
  const body = await response.text();
  const message = `API request failed: ${response.status} ${body}`;
  return new ASBRError(message, codeIn(body) ?? 'API_REQUEST_FAILED', response.status);
}

/** Whether the same request may succeed later: the server was out of reach, busy or broken. */
export function isTemporary(error: unknown): boolean {
  if (!(error instanceof ASBRError)) return !(error instanceof RangeError);
  return error.statusCode >= 500 || [408, 425, 429].includes(error.statusCode);
}

function codeIn(body: string): string | undefined {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
