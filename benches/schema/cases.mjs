/** What is timed in each case: `call(i)` answers something true when it went as it must. */
import { EventHub } from '../harness/native.mjs';
import { makeEvents, makeLines, makeManifest, makeWrongEvents } from './values.mjs';

const MASK = 63;

const toBytes = (values) => values.map((value) => Buffer.from(JSON.stringify(value)));

const CASES = {
  'object-valid': (open) => {
    const { parse } = open('event');
    const events = makeEvents();
    return { valuesPerCall: 1, call: (i) => parse(events[i & MASK]) };
  },
  'object-invalid': (open) => {
    const { errorsOf } = open('event');
    const events = makeWrongEvents();
    return { valuesPerCall: 1, call: (i) => errorsOf(events[i & MASK])[0] !== undefined };
  },
  'bytes-small': (open) => {
    const { acceptsBytes } = open('event');
    const events = toBytes(makeEvents());
    return { valuesPerCall: 1, call: (i) => acceptsBytes(events[i & MASK]) };
  },
  'bytes-small-invalid': (open) => {
    const { errorsOfBytes } = open('event');
    const events = toBytes(makeWrongEvents());
    return { valuesPerCall: 1, call: (i) => errorsOfBytes(events[i & MASK])[0] !== undefined };
  },
  'manifest-min': (open) => manifest(open, 0),
  'manifest-pretty': (open) => manifest(open, 2),
  ndjson: (open) => {
    const { acceptsLines } = open('event');
    const lines = makeLines();
    return { valuesPerCall: 10_000, call: () => acceptsLines(lines) };
  },
  relay: (open) => {
    const { relay, hubOptions } = open('event');
    const hub = EventHub.openSync(hubOptions);
    const events = toBytes(makeEvents());
    return {
      valuesPerCall: 1,
      call: (i) => relay(hub, events[i & MASK]) >= 0,
      close: () => hub.close(),
    };
  },
};

function manifest(open, indent) {
  const { acceptsBytes } = open('manifest');
  const bytes = Buffer.from(JSON.stringify(makeManifest(), null, indent));
  return { valuesPerCall: 1, call: () => acceptsBytes(bytes) };
}

export const makeCase = (name, open) => CASES[name](open);
