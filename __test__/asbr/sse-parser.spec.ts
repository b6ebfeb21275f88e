import { describe, expect, test } from 'vitest';
import { type SseMessage, SseParser } from '../../ts/asbr/sdk/sse-parser.js';

interface Read {
  messages: SseMessage[];
  retries: number[];
  lastEventId: string;
}

function read(pieces: Iterable<string>): Read {
  const messages: SseMessage[] = [];
  const retries: number[] = [];
  const parser = new SseParser({
    onMessage: (message) => messages.push(message),
    onRetry: (retryMs) => retries.push(retryMs),
  });
  for (const piece of pieces) parser.push(piece);
  return { messages, retries, lastEventId: parser.lastEventId };
}

const message = (data: string, event = 'message', lastEventId = ''): SseMessage => ({
  event,
  data,
  lastEventId,
});

/** Streams with what the standard says they mean; the first ones are its own examples. */
const streams: [string, string, Partial<Read>][] = [
  [
    'two lines of data make one event',
    'data: YHOO\ndata: +2\ndata: 10\n\n',
    { messages: [message('YHOO\n+2\n10')] },
  ],
  [
    'comments, ids, a reset id, and a block cut off',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\ndata: fourth',
    {
      messages: [message('first event', 'message', '1'), message('second event'), message(' third event')],
      lastEventId: '',
    },
  ],
  [
    'empty data and a cut-off block',
    'data\n\ndata\ndata\n\ndata:',
    { messages: [message(''), message('\n')] },
  ],
  [
    'the space after the colon is no data',
    'data:test\n\ndata: test\n\n',
    { messages: [message('test'), message('test')] },
  ],
  [
    'CR, LF and CRLF all end a line',
    'data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\r',
    { messages: [message('a\nb\nc'), message('d')] },
  ],
  ['a byte order mark at the start is skipped', '\uFEFFdata: a\n\n', { messages: [message('a')] }],
  ['a second byte order mark is part of the name', '\uFEFF\uFEFFdata: a\n\n', { messages: [] }],
  [
    'a named event keeps its name for one event',
    'event: add\ndata: 1\n\ndata: 2\n\n',
    { messages: [message('1', 'add'), message('2')] },
  ],
  [
    'a name without data dispatches nothing and is forgotten',
    'event: add\n\ndata: 1\n\n',
    { messages: [message('1')] },
  ],
  ['the last name wins', 'event: a\nevent: b\ndata: 1\n\n', { messages: [message('1', 'b')] }],
  ['an empty name is message', 'event: a\nevent:\ndata: 1\n\n', { messages: [message('1')] }],
  [
    'an id holds until the next',
    'id: 7\ndata: 1\n\ndata: 2\n\n',
    { messages: [message('1', 'message', '7'), message('2', 'message', '7')] },
  ],
  ['an id without data counts', 'id: 7\n\n', { messages: [], lastEventId: '7' }],
  ['an id of a block cut off does not count', 'id: 7\ndata: 1\n', { messages: [], lastEventId: '' }],
  ['an id with NUL is ignored', 'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n', { lastEventId: '1' }],
  [
    'retry takes digits only',
    'retry: 2000\nretry: 1.5\nretry: -1\nretry:\nretry: 10ms\nretry: 0\n\n',
    { retries: [2000, 0], messages: [] },
  ],
  [
    'unknown fields, and fields in capitals, are ignored',
    'foo: 1\nData: 2\n data: 3\ndata: 4\n\n',
    { messages: [message('4')] },
  ],
  ['only the first colon parts name and value', 'data: a:b: c\n\n', { messages: [message('a:b: c')] }],
  ['text of any script passes', 'data: é😀\n\n', { messages: [message('é😀')] }],
  ['heartbeat comments are nothing', ':\n\n:\n\n', { messages: [] }],
  ['an empty stream is nothing', '', { messages: [], lastEventId: '' }],
];

describe('SseParser', () => {
  test.each(streams)('%s', (_what, text, expected) => {
    expect(read([text])).toMatchObject(expected);
  });

  test.each(streams)('%s, wherever the stream is cut', (_what, text) => {
    const whole = read([text]);
    expect(read(text)).toEqual(whole);
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(read([text.slice(0, cut), '', text.slice(cut)])).toEqual(whole);
    }
  });

  test('dispatches as soon as the empty line ends', () => {
    const seen: string[] = [];
    const parser = new SseParser({ onMessage: ({ data }) => seen.push(data) });
    parser.push('data: a\r');
    parser.push('\n\r');
    expect(seen).toEqual(['a']);
    parser.push('\ndata: b\n\n');
    expect(seen).toEqual(['a', 'b']);
  });

  test('goes on after a callback that threw', () => {
    const seen: string[] = [];
    const parser = new SseParser({
      onMessage: ({ data }) => {
        seen.push(data);
        if (data === 'a') throw new Error('callback');
      },
    });
    expect(() => parser.push('data: a\n\n')).toThrow('callback');
    parser.push('data: b\n\n');
    expect(seen).toEqual(['a', 'b']);
  });

  test('gives up on a line without end', () => {
    const parser = new SseParser({ onMessage: () => {}, maxLength: 10 });
    parser.push('data: abc');
    expect(() => parser.push('de')).toThrow(RangeError);
  });

  test('gives up on an event without end', () => {
    const parser = new SseParser({ onMessage: () => {}, maxLength: 10 });
    parser.push('data:1234\ndata:5678\n');
    expect(() => parser.push('data:9\n')).toThrow(RangeError);
  });

  test('has no bound on the number of events', () => {
    let count = 0;
    const parser = new SseParser({
      onMessage: () => {
        count += 1;
      },
      maxLength: 20,
    });
    parser.push('id: 1\ndata: 12345\n\n'.repeat(1000));
    expect(count).toBe(1000);
  });
});
