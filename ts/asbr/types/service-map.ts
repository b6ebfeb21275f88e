import { z } from 'zod';

/** One route a server answers. */
export const RouteInfoSchema = z.object({
  path: z.string(),
  methods: z.array(z.string()),
  version: z.string(),
});

export type RouteInfo = z.infer<typeof RouteInfoSchema>;

/** All routes, in the order the server registered them. */
export const ServiceMapSchema = z.object({
  routes: z.array(RouteInfoSchema),
});

export type ServiceMap = z.infer<typeof ServiceMapSchema>;
