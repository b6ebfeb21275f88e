/**
 * Issues of Zod said again: of another value, with another path.
 *
 * A literal is made in a tenth of the time that copying an object of any shape takes, so each shape that Zod 3 has for
 * plain issues has one, with its keys in Zod's order.
 */

/** An issue of Zod. */
export interface ZodIssueLike {
  code: string;
  message: string;
  path: (string | number)[];
  received?: unknown;
  [detail: string]: unknown;
}

/** Makes the issue anew. */
export type Retell = (
  issue: ZodIssueLike,
  path: (string | number)[],
  message: string,
  received: unknown,
) => ZodIssueLike;

/** What makes an issue like this one. */
export const retellerOf = (issue: ZodIssueLike): Retell => SHAPES.get(Object.keys(issue).join()) ?? retellAny;

/** For whatever has no literal. */
export const retellAny: Retell = (issue, path, message, received) => {
  const told = { ...issue, path, message };
  if ('received' in issue) told.received = received;
  return told;
};

/** By the keys, in their order. */
const SHAPES = new Map<string, Retell>([
  [
    'code,expected,received,path,message',
    ({ code, expected }, path, message, received) => ({ code, expected, received, path, message }),
  ],
  [
    'code,expected,received,message,path',
    ({ code, expected }, path, message, received) => ({ code, expected, received, message, path }),
  ],
  [
    'received,code,expected,path,message',
    ({ code, expected }, path, message, received) => ({ received, code, expected, path, message }),
  ],
  [
    'received,code,options,path,message',
    ({ code, options }, path, message, received) => ({ received, code, options, path, message }),
  ],
  [
    'code,minimum,type,inclusive,exact,message,path',
    ({ code, minimum, type, inclusive, exact }, path, message) => {
      return { code, minimum, type, inclusive, exact, message, path };
    },
  ],
  [
    'code,maximum,type,inclusive,exact,message,path',
    ({ code, maximum, type, inclusive, exact }, path, message) => {
      return { code, maximum, type, inclusive, exact, message, path };
    },
  ],
  [
    'validation,code,message,path',
    ({ validation, code }, path, message) => ({ validation, code, message, path }),
  ],
  [
    'code,validation,message,path',
    ({ validation, code }, path, message) => ({ code, validation, message, path }),
  ],
]);
