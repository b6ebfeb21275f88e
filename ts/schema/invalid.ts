/** What a `copy` gives where a value does not hold. */
export const INVALID: unique symbol = Symbol('invalid');
