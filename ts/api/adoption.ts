/**
 * Which responses a native thread may write to, and when.
 *
 * The descriptor of a plain HTTP/1.1 response is duplicated and written to natively; Node keeps it for reading and
 * for its end. That is right only where the bytes on the socket are the bytes of the body (no TLS, no HTTP/2, no
 * second response of a pipeline), in chunks (no HTTP/1.0), and after Node's own bytes have left.
 */
import type { SseResponse } from './attach-types.js';

/** Fields of Node that are not in its types, the same from version 18 to 26. */
interface NodeResponse extends SseResponse {
  readonly chunkedEncoding?: boolean;
  readonly useChunkedEncodingByDefault?: boolean;
  readonly _hasBody?: boolean;
  readonly writableLength?: number;
  readonly writableEnded?: boolean;
  readonly writableNeedDrain?: boolean;
  readonly socket?:
    | (NonNullable<SseResponse['socket']> & {
        readonly encrypted?: boolean;
        readonly _httpMessage?: unknown;
        readonly writableLength?: number;
        readonly _handle?: { readonly fd?: number; readonly writeQueueSize?: number } | null;
      })
    | null;
}

const SUPPORTED =
  (process.platform === 'linux' || process.platform === 'darwin') &&
  process.versions.bun === undefined &&
  process.versions.deno === undefined;

/** Between two looks at a socket that is full. */
const LONGEST_PAUSE_MS = 64;

/** The descriptor to adopt; undefined when this response must be written to by Node. */
export function descriptorOf(response: SseResponse): number | undefined {
  if (!SUPPORTED) return undefined;
  const res = response as NodeResponse;
  const { socket } = res;
  const handle = socket?._handle;
  if (!socket || !handle || socket.encrypted === true || socket._httpMessage !== res) return undefined;
  const kind = (handle as object).constructor.name;
  if (kind !== 'TCP' && kind !== 'Pipe') return undefined;
  // Whether the body goes in chunks is decided with the head; before, what it will be without a Content-Length.
  const inChunks = res.headersSent === true ? res.chunkedEncoding : res.useChunkedEncodingByDefault;
  if (res.req?.httpVersionMajor !== 1 || inChunks !== true || res._hasBody !== true) return undefined;
  if (res.destroyed === true || res.writableEnded === true) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

/** Calls `then` once nothing of Node's is on its way to the socket; perhaps never, if its peer does not read. */
export function whenFlushed(response: SseResponse, then: () => void): void {
  const res = response as NodeResponse;
  const check = (): void => {
    const { socket } = res;
    if (res.destroyed === true || !socket) return; // its 'close' ends the subscription
    const waiting = (res.writableLength ?? 0) + (socket.writableLength ?? 0);
    if (waiting + (socket._handle?.writeQueueSize ?? 0) === 0) then();
    else setImmediate(later);
  };
  // A response says 'drain' only if a write was told that it is full; what waits without that has to be looked at.
  let pauseMs = 1;
  const later = (): void => {
    if (res.writableNeedDrain === true && res.on !== undefined) {
      const onDrain = (): void => {
        res.removeListener?.('drain', onDrain);
        check();
      };
      res.on('drain', onDrain);
    } else {
      setTimeout(check, pauseMs).unref();
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  };
  // Node corks what a handler writes until its turn ends.
  process.nextTick(check);
}
