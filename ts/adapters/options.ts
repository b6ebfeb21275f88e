/** What the adapters for web frameworks take. */
import type { AttachOptions } from '../api/attach-types.js';
import type { EventFilter } from '../api/types.js';

/** The part of a request that the adapters read. Those of Express, Fastify and `node:http` have it. */
export interface EventsRequest {
  readonly method?: string | undefined;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

/** Which events a request gets, and from where on. */
export interface EventsFilter extends EventFilter {
  /** Begin after this event. Default: as the request asks (`Last-Event-ID`, `lastEventId` in the query). */
  after?: string | number;
}

/** Options of the adapters. `Req` is the framework's request. */
export interface EventsOptions<Req = EventsRequest> {
  /** Which events the request gets. Default: all. */
  filter?: EventsFilter | ((req: Req) => EventsFilter | Promise<EventsFilter>);
  /** Whether the request may have them. What it throws counts as no, and goes to `onError`. Default: everybody may. */
  authorize?: (req: Req) => boolean | Promise<boolean>;
  /** More headers of the response. */
  headers?: Record<string, string>;
  /** As in {@link AttachOptions}. */
  onGap?: AttachOptions['onGap'];
  /** As in {@link AttachOptions}. */
  onSlow?: AttachOptions['onSlow'];
  /** As in {@link AttachOptions}. */
  transport?: AttachOptions['transport'];
  /**
   * Origins whose pages may read the stream: `*`, one, or a list. Default: `false`, no CORS header at all, so that only
   * pages of the same origin may. Pages that send credentials need `access-control-allow-credentials` among `headers`.
   */
  cors?: false | string | readonly string[];
  /** Told what `authorize` threw. Default: a process warning. */
  onError?: (error: unknown, req: Req) => void;
}
