/** Filters as callers write them, made one form. */
import type { EventFilter } from './types.js';

/** The topics a filter names; undefined for all. */
export function topicsOf(filter: EventFilter): readonly string[] | undefined {
  if (filter.topics !== undefined)
    return filter.topic === undefined ? filter.topics : [filter.topic, ...filter.topics];
  return filter.topic === undefined ? undefined : [filter.topic];
}

/** The same as an argument of native calls, which take no read-only arrays. */
export function nativeTopics(filter: EventFilter): string[] | undefined {
  const topics = topicsOf(filter);
  return topics && [...topics];
}

/** The types a filter names, likewise. */
export function nativeTypes(filter: EventFilter): string[] | undefined {
  return filter.types && [...filter.types];
}

/** The filter as the parts of a native query. */
export function nativeFilter(filter: EventFilter): { topics?: string[]; types?: string[] } {
  const topics = nativeTopics(filter);
  const types = nativeTypes(filter);
  return { ...(topics !== undefined && { topics }), ...(types !== undefined && { types }) };
}
