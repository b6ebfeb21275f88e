/** The two schemas of the benchmark, for either version of zod: they use what both have. */

/** What an integration reports of one call: the event of `@cortex-os/native/integrations`. Unknown keys are stripped. */
export function eventOf(z) {
  const count = z.number().int().nonnegative();
  return z.object({
    integrationId: z.string(),
    method: z.enum(['GET', 'POST', 'PUT', 'DELETE', 'PATCH']),
    endpoint: z.string(),
    statusCode: z.number().int().positive(),
    duration: count,
    requestSize: count.optional(),
    responseSize: count.optional(),
    calledAt: z.string(),
  });
}

/** A manifest of connectors as ASBR reads it, without the rule that scopes are unique, which is a function there. */
export function manifestOf(z) {
  const text = z.string().min(1);
  const version = z.string().regex(/^\d+\.\d+\.\d+$/);
  const positive = z.number().int().positive();
  const count = z.number().int().nonnegative();
  const connector = z
    .object({
      id: z.string().regex(/^[a-z0-9][a-z0-9-]{1,62}$/),
      name: text,
      displayName: text.optional(),
      version: text,
      description: text.optional(),
      endpoint: z.string().url(),
      auth: z.object({ type: z.enum(['apiKey', 'bearer', 'none']), headerName: text.optional() }).strict(),
      authentication: z
        .object({ headers: z.array(z.object({ name: text, value: text }).strict()).min(1) })
        .strict()
        .optional(),
      headers: z.record(z.string(), z.string()).optional(),
      scopes: z.array(text).min(1),
      quotas: z
        .object({
          perMinute: count.optional(),
          perHour: count.optional(),
          perDay: count.optional(),
          concurrent: count.optional(),
        })
        .strict()
        .optional(),
      timeouts: z.record(z.string(), count).optional(),
      status: z.enum(['enabled', 'disabled', 'preview']).optional(),
      enabled: z.boolean().optional(),
      ttlSeconds: positive,
      metadata: z.record(z.string(), z.unknown()).optional(),
      tags: z.array(text).optional(),
    })
    .strict();
  return z
    .object({
      $schema: text.optional(),
      id: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      brand: z.literal('brAInwav').optional(),
      manifestVersion: version,
      schemaVersion: version.optional(),
      generatedAt: z.string().datetime({ offset: true }).optional(),
      ttlSeconds: positive.optional(),
      metadata: z.record(z.string(), z.unknown()).optional(),
      connectors: z.array(connector).min(1),
    })
    .strict();
}
