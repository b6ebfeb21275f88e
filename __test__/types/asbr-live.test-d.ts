/** What must compile, and what must not, of the ASBR events and server. */
import type { EventEmitter } from 'node:events';
import type { Server as HttpServer, ServerResponse } from 'node:http';
import {
  type ASBRServer,
  createASBRServer,
  createEventManager,
  DEFAULT_CONFIG,
  type Event,
  type EventManager,
  type EventType,
  getEventManager,
} from '@cortex-os/native/asbr';
import type { Application, Response } from 'express';
import type { Server as SocketServer } from 'socket.io';
import { describe, expectTypeOf, test } from 'vitest';

declare const manager: EventManager;
declare const server: ASBRServer;

describe('events', () => {
  test('a manager is an EventEmitter, made at once or shared by promise', () => {
    expectTypeOf<EventManager>().toExtend<EventEmitter>();
    expectTypeOf(createEventManager(DEFAULT_CONFIG)).toEqualTypeOf<EventManager>();
    expectTypeOf(getEventManager).toEqualTypeOf<() => Promise<EventManager>>();
  });

  test('callbacks get events, filters take their types only', () => {
    manager.subscribe({ eventTypes: ['Failed'] }, (event) => {
      expectTypeOf(event).toEqualTypeOf<Event>();
      expectTypeOf(event.type).toEqualTypeOf<EventType>();
    });
    // @ts-expect-error no such type
    manager.subscribe({ eventTypes: ['Exploded'] }, () => {});
    // @ts-expect-error an event without its fields
    manager.emitEvent({ type: 'Failed' });
  });

  test('streams take the responses of Node and Express, attachIO takes socket.io', () => {
    expectTypeOf(manager.createSSEStream).toBeCallableWith({} as ServerResponse, {});
    expectTypeOf(manager.createSSEStream).toBeCallableWith({} as Response, {
      backlog: 10,
      allowOrigin: false,
    });
    expectTypeOf(manager.attachIO).toBeCallableWith({} as SocketServer);
    // @ts-expect-error an authorizer answers yes or no
    manager.attachIO({} as SocketServer, { authorize: () => 'yes' });
  });
});

describe('the server', () => {
  test('has an Express application and the HTTP server while it listens', () => {
    expectTypeOf(server.app).toEqualTypeOf<Application>();
    expectTypeOf(server.server).toEqualTypeOf<HttpServer | undefined>();
    expectTypeOf(server.start).returns.toEqualTypeOf<Promise<void>>();
  });

  test('takes a registry of policies by its shape', () => {
    class PolicyRegistry {
      readonly #policies = new Map<string, string>();
      evaluate(context: { kind: string; input?: unknown }): { allowed: boolean; reason?: string } {
        return { allowed: !this.#policies.has(context.kind) };
      }
    }
    expectTypeOf(createASBRServer).toBeCallableWith({ policyRegistry: new PolicyRegistry() });
    // @ts-expect-error the limiter says whether it is on
    createASBRServer({ rateLimit: { capacity: 1 } });
  });
});
