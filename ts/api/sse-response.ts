/** The HTTP side of an SSE connection: its head, and the resume point its request asks for. */
import type { AttachOptions, SseResponse } from './attach-types.js';

/**
 * Headers of an event stream: not to be cached or transformed on the way, and not to be gathered by a proxy
 * (`X-Accel-Buffering`).
 */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

/** Sends the head, unless the caller has, and what precedes the first event. */
export function writeHead(
  res: SseResponse,
  headers: Record<string, string> | undefined,
  retryMs: number,
): void {
  // HTTP/2 has no such header, and Node warns of it.
  const connection = (res.req?.httpVersionMajor ?? 1) < 2 && { Connection: 'keep-alive' };
  if (res.headersSent !== true) res.writeHead?.(200, { ...HEADERS, ...connection, ...headers });
  // A server's idle timeout is meant for requests; this response is idle by nature.
  res.socket?.setTimeout?.(0);
  res.flushHeaders?.();
  if (retryMs > 0) res.write(`retry: ${retryMs}\n\n`);
}

/** What the connection asks to resume after; undefined when it asks for nothing. */
export function resumeToken(res: SseResponse, options: AttachOptions): string | number | undefined {
  if (options.after !== undefined) return options.after;
  const header = res.req?.headers?.['last-event-id'];
  const text = Array.isArray(header) ? header[0] : header;
  if (text !== undefined && text !== '') return text;
  const url = res.req?.url;
  const query = url === undefined ? -1 : url.indexOf('?');
  if (url === undefined || query < 0) return undefined;
  return new URLSearchParams(url.slice(query)).get('lastEventId') || undefined;
}

/** The frame that tells of a gap. It has no id: reconnecting after it must not skip what it announces. */
export function gapFrame(gap: unknown): string {
  return `event: gap\ndata: ${JSON.stringify(gap)}\n\n`;
}
