/** Bodies of the HTTP API and the handles the SDK gives out. */
import type { Event } from './event.js';
import type { Profile } from './profile.js';
import type { ArtifactRef, Task, TaskInput, TaskStatus } from './task.js';

/** Body of `POST /v1/tasks`. */
export interface CreateTaskRequest {
  input: TaskInput;
  idempotencyKey?: string;
}

export interface CreateTaskResponse {
  task: Task;
}

export interface GetTaskResponse {
  task: Task;
}

/** Query of `GET /v1/artifacts`; dates are ISO 8601, `limit` and `offset` count artifacts. */
export interface ListArtifactsQuery {
  kind?: string;
  createdAfter?: string;
  createdBefore?: string;
  limit?: number;
  offset?: number;
}

export interface ListArtifactsResponse {
  artifacts: ArtifactRef[];
  total: number;
}

/** Body of `POST /v1/profiles`; the server makes the id. */
export interface CreateProfileRequest {
  profile: Omit<Profile, 'id'>;
}

export interface CreateProfileResponse {
  profile: Profile;
}

/** A created task. `status` is the one at creation and never changes; ask `getTask` for the present one. */
export interface TaskRef {
  id: string;
  status: TaskStatus;
  subscribe(callback: (event: Event) => void): () => void;
  getTask(): Promise<Task>;
  cancel(): Promise<void>;
  resume(): Promise<void>;
}

/** Ends what was begun; a second call does nothing. */
export type UnsubscribeFunction = () => void;
