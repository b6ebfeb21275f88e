/**
 * What everybody who validates JavaScript objects does with bytes: parse, then validate. Written once for all of
 * them; each hands over `accepts` and `errorsOf`.
 */
const NEWLINE = 0x0a;

/** A relay knows what it relays: nobody has to look for the topic in the event. */
export const RELAYED = { topic: 'integrations', type: 'integrations.api.called' };

export function parsing({ accepts, errorsOf }) {
  return {
    acceptsBytes(bytes) {
      try {
        return accepts(JSON.parse(bytes.toString()));
      } catch {
        return false;
      }
    },
    errorsOfBytes: (bytes) => errorsOf(JSON.parse(bytes.toString())),
    /** One byte per line: 1 where it is valid. */
    acceptsLines(bytes) {
      const verdicts = [];
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(NEWLINE, start);
        verdicts.push(acceptsText(bytes.utf8Slice(start, end)) ? 1 : 0);
        start = end + 1;
      }
      return Uint8Array.from(verdicts);
    },
    /** Logs the very bytes once they are known to be valid. */
    relay(hub, bytes) {
      if (!accepts(JSON.parse(bytes.toString()))) throw new Error('an invalid event');
      return hub.emitBytes(bytes, RELAYED);
    },
    hubOptions: {},
  };

  function acceptsText(text) {
    try {
      return accepts(JSON.parse(text));
    } catch {
      return false;
    }
  }
}
