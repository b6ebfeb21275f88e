import {
  type ArtifactRef,
  type ConnectorServiceMap,
  ConnectorServiceMapSchema,
  type CreateProfileResponse,
  type CreateTaskResponse,
  type Event,
  type EventType,
  type GetTaskResponse,
  type ListArtifactsQuery,
  type ListArtifactsResponse,
  type Profile,
  type Task,
  type TaskInput,
  type TaskRef,
  type UnsubscribeFunction,
} from '../types/index.js';
import { checkDigest } from './artifact-digest.js';
import { EventSubscriptions, type SubscribeOptions, wantedTypes } from './event-subscriptions.js';
import { toRequestError } from './request-error.js';
import { safeFetch } from './safe-fetch.js';
import { createTaskRef } from './task-ref.js';

/** What the service map route answers. */
export type ConnectorServiceMapResponse = ConnectorServiceMap;

export interface ASBRClientOptions {
  /** Default `http://127.0.0.1:7439`. */
  baseUrl?: string | undefined;
  /** Sent as bearer token, to the host of `baseUrl` only. */
  token?: string | undefined;
  /** Until a response head must be there, in milliseconds. Default 30,000. */
  timeoutMs?: number | undefined;
}

/**
 * Client of the ASBR HTTP API.
 *
 * Errors: a response that is no success is an `ASBRError` with message
 * `API request failed: <status> <body>`, the HTTP status as `statusCode` and the server's `code`
 * (else `API_REQUEST_FAILED`); `REQUEST_TIMEOUT`; `SAFE_FETCH_BLOCKED`; network errors as `fetch` throws them.
 *
 * @example
 * ```ts
 * const client = createASBRClient({ token });
 * const task = await client.createTask(createTaskInput('Tidy', 'Sort the imports'));
 * const stop = task.subscribe((event) => console.log(event.type));
 * ```
 */
export class ASBRClient {
  readonly #baseUrl: string;
  readonly #token: string | undefined;
  readonly #timeoutMs: number | undefined;
  readonly #subscriptions: EventSubscriptions;

  constructor(options: ASBRClientOptions = {}) {
    this.#baseUrl = (options.baseUrl || 'http://127.0.0.1:7439').replace(/\/+$/, '');
    // Fails here rather than at the first request.
    new URL(this.#baseUrl);
    this.#token = options.token;
    this.#timeoutMs = options.timeoutMs;
    this.#subscriptions = new EventSubscriptions((taskId, headers, signal) => {
      const query = new URLSearchParams({ stream: 'sse' });
      if (taskId !== undefined) query.set('taskId', taskId);
      return this.fetch(`/v1/events?${query}`, { headers, signal });
    });
  }

  /** Creates a task, or finds the one an equal request or the same key has created. */
  async createTask(input: TaskInput, opts?: { idempotencyKey?: string }): Promise<TaskRef> {
    const idempotencyKey = opts?.idempotencyKey;
    const { task } = await this.#send<CreateTaskResponse>(
      'POST',
      '/v1/tasks',
      { input, idempotencyKey },
      idempotencyKey ? { 'Idempotency-Key': idempotencyKey } : {},
    );
    return createTaskRef(task, this);
  }

  async getTask(id: string): Promise<Task> {
    const response = await this.fetch(`/v1/tasks/${encodeURIComponent(id)}`);
    return ((await response.json()) as GetTaskResponse).task;
  }

  async cancelTask(taskId: string): Promise<void> {
    await this.#finish(`/v1/tasks/${encodeURIComponent(taskId)}/cancel`);
  }

  async resumeTask(taskId: string): Promise<void> {
    await this.#finish(`/v1/tasks/${encodeURIComponent(taskId)}/resume`);
  }

  /**
   * Calls `callback` with each event of a task, or of all tasks when `taskId` is empty, that is of
   * one of `eventTypes` (none for an empty list). Reconnects by itself and resumes behind the
   * last event. Keeps the process alive until the returned function or `close` is called.
   */
  subscribe(
    taskId: string | undefined,
    eventTypes: EventType[],
    callback: (event: Event) => void,
    options: SubscribeOptions = {},
  ): UnsubscribeFunction {
    const types = wantedTypes(eventTypes);
    return this.#subscriptions.add(taskId || undefined, { ...options, types, callback });
  }

  async listArtifacts(query: ListArtifactsQuery = {}): Promise<ArtifactRef[]> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(name, String(value));
    }
    const response = await this.fetch(search.size > 0 ? `/v1/artifacts?${search}` : '/v1/artifacts');
    return ((await response.json()) as ListArtifactsResponse).artifacts;
  }

  /** Gets the bytes of an artifact. Error: `ARTIFACT_DIGEST_MISMATCH` when they are damaged. */
  async getArtifact(id: string): Promise<{ content: ArrayBuffer; digest: string; etag: string }> {
    const response = await this.fetch(`/v1/artifacts/${encodeURIComponent(id)}`);
    const content = await response.arrayBuffer();
    const digest = response.headers.get('Digest') ?? '';
    checkDigest(content, digest);
    return { content, digest, etag: response.headers.get('ETag') ?? '' };
  }

  /** Replaces the profile of that id, or without an id creates one. An unknown id is an error (404). */
  async upsertProfile(profile: Omit<Profile, 'id'> | Profile): Promise<Profile> {
    const id = 'id' in profile ? profile.id : undefined;
    const [method, path] =
      id === undefined ? ['POST', '/v1/profiles'] : ['PUT', `/v1/profiles/${encodeURIComponent(id)}`];
    return (await this.#send<CreateProfileResponse>(method, path, { profile })).profile;
  }

  async getProfile(id: string): Promise<Profile> {
    const response = await this.fetch(`/v1/profiles/${encodeURIComponent(id)}`);
    return (await response.json()) as Profile;
  }

  /** Gets the signed map of connectors; the signature is not verified. A `ZodError` says it has another shape. */
  async getConnectorServiceMap(): Promise<ConnectorServiceMapResponse> {
    const response = await this.fetch('/v1/connectors/service-map');
    return ConnectorServiceMapSchema.parse(await response.json());
  }

  /** Ends all event streams; no subscriber is called afterwards. Requests still work. */
  close(): void {
    this.#subscriptions.close();
  }

  /** Sends a request to a path of the server; resolves with a successful response only. */
  protected async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#token) headers.set('Authorization', `Bearer ${this.#token}`);
    const response = await safeFetch(`${this.#baseUrl}${path}`, {
      origin: this.#baseUrl,
      timeoutMs: this.#timeoutMs,
      init: { ...init, headers },
    });
    if (!response.ok) throw await toRequestError(response);
    return response;
  }

  async #send<T>(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await this.fetch(path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return (await response.json()) as T;
  }

  async #finish(path: string): Promise<void> {
    const response = await this.fetch(path, { method: 'POST' });
    // An unread body would keep its connection busy.
    await response.body?.cancel();
  }
}

/** Makes a client; the same as `new ASBRClient(options)`. */
export function createASBRClient(options?: ASBRClientOptions): ASBRClient {
  return new ASBRClient(options);
}
