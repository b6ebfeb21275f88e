import type { z } from 'zod/v3';
import { zod } from '../../callers-zod.js';

/** One route a server answers. */
export const RouteInfoSchema = zod.object({
  path: zod.string(),
  methods: zod.array(zod.string()),
  version: zod.string(),
});

export type RouteInfo = z.infer<typeof RouteInfoSchema>;

/** All routes, in the order the server registered them. */
export const ServiceMapSchema = zod.object({
  routes: zod.array(RouteInfoSchema),
});

export type ServiceMap = z.infer<typeof ServiceMapSchema>;
