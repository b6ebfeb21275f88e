/** Filters as callers write them, made one form. */
import { HubError } from '../errors.js';
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

/** The filter with one topic more or less; undefined if that changes nothing. Refused where it has no topics to change. */
export function withTopic(filter: EventFilter, topic: string, followed: boolean): EventFilter | undefined {
  const topics = topicsOf(filter);
  if (topics === undefined) throw followsAll(topic);
  if (topics.includes(topic) === followed) return undefined;
  return {
    ...(filter.types !== undefined && { types: filter.types }),
    topics: followed ? [...topics, topic] : topics.filter((known) => known !== topic),
  };
}

function followsAll(topic: string): HubError {
  const fields = { option: 'topic', expected: 'of a connection that names its topics', actual: topic };
  const message = `this connection follows all topics, ${topic} among them`;
  return new HubError('ERR_HUB_OPTION_INVALID', message, fields);
}
