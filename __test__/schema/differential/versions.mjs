/** Where zod 4 decides as zod 3 does. Elsewhere it changed its mind, and each is compared with itself alone. */

/** Regular expressions and ranges of these are others in zod 4. */
const CHANGED_FORMATS = ['uuid', 'email', 'url', 'cuid', 'nanoid', 'datetime'];

export function versionsAgree(shape) {
  return AGREEMENT[shape.kind]?.(shape) ?? true;
}

const AGREEMENT = {
  string: ({ checks }) => !checks.some(({ name }) => CHANGED_FORMATS.includes(name)),
  // `int` and `safe` became one: beyond 2^53 zod 4 refuses.
  number: ({ checks }) =>
    !checks.some(({ kind }) => kind === 'int' || kind === 'safe' || kind === 'multipleOf'),
  nullable: ({ inner }) => versionsAgree(inner),
  wrapped: ({ inner }) => versionsAgree(inner),
  // A default is checked by zod 3 only; a key whose value may be anything may be missing in zod 3 only.
  object: ({ members, mode, rest }) =>
    members.every(
      ({ key, shape, need }) =>
        !/default/i.test(need) && key !== '__proto__' && !isOpen(shape) && versionsAgree(shape),
    ) &&
    (mode !== 'catchall' || versionsAgree(rest)),
  array: ({ item }) => versionsAgree(item),
  list: ({ item }) => versionsAgree(item),
  record: ({ key, value }) => (key === undefined || versionsAgree(key)) && versionsAgree(value),
  tuple: ({ items, rest }) =>
    items.every(versionsAgree) && !items.some(isOpen) && (rest === undefined || versionsAgree(rest)),
  union: ({ options }) => options.every(versionsAgree),
  choice: ({ options }) => options.every(({ shape }) => versionsAgree(shape)),
  // What the halves make of one key has to be the same, and that differs with what they strip.
  both: () => false,
};

function isOpen({ kind, inner, options = [] }) {
  return (
    kind === 'any' ||
    kind === 'unknown' ||
    (inner !== undefined && isOpen(inner)) ||
    options.some((one) => isOpen(one.shape ?? one))
  );
}
