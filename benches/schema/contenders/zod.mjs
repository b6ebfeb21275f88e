/** What is alike in all three contenders with a schema of zod. */
export const zodContender = (schema) => ({
  copies: true,
  parse: (value) => schema.parse(value),
  accepts: (value) => schema.safeParse(value).success,
  errorsOf: (value) => schema.safeParse(value).error.issues,
  pathOf: (issue) => issue.path.join('.'),
});
