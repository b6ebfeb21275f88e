import type { Server } from 'node:http';
import type { Application } from 'express';
import { flushTokenUsage } from '../auth/index.js';
import { closeEventManager, type EventManager, getEventManager } from '../events/index.js';
import { logInfo } from '../lib/logger.js';
import { type ArtifactRef, ArtifactRefSchema, type Event, ValidationError } from '../types/index.js';
import { initializeXDG } from '../xdg/index.js';
import { buildApp } from './app.js';
import { addressOf, close, listen } from './listener.js';
import { type ClosableSocketServer, loadSocketServer } from './optional-peers.js';
import { type ASBRServerOptions, type ServerSettings, settingsOf } from './options.js';
import { ConnectorsRoute } from './routes/connectors.js';
import { socketAuthorizer } from './socket-auth.js';
import { BoundedMap } from './state/bounded-map.js';
import { OpenStreams } from './state/open-streams.js';
import { Tasks } from './state/tasks.js';

const MAX_ARTIFACTS = 10_000;

/** A server that is made but not listening until `start()`; `app` works by itself, for example in tests. */
export interface ASBRServer {
  /** Listens. Rejects when the address is taken or a directory cannot be made; then nothing is left running. */
  start(): Promise<void>;
  /** Ends the event streams, lets other requests end, and gives the ledger back. May be called at any time. */
  stop(): Promise<void>;
  /** Lists a file as an artifact; `GET /v1/artifacts/:id` sends it. Throws `VALIDATION_ERROR`. */
  addArtifact(artifact: ArtifactRef): void;
  readonly app: Application;
  /** Set from the end of `start()` to `stop()`. */
  readonly server?: Server | undefined;
}

/**
 * Makes the HTTP server of the ASBR.
 *
 * @throws `EXPRESS_MISSING` when express 5 is not installed
 * @example
 * const server = createASBRServer({ port: 0 });
 * await server.start();
 */
export function createASBRServer(options: ASBRServerOptions = {}): ASBRServer {
  const instance = new HttpServer(settingsOf(options));
  return {
    start: () => instance.start(),
    stop: () => instance.stop(),
    addArtifact: (artifact) => instance.addArtifact(artifact),
    get app() {
      return instance.app;
    },
    get server() {
      return instance.listening;
    },
  };
}

class HttpServer {
  readonly app: Application;
  readonly #settings: ServerSettings;
  readonly #streams: OpenStreams;
  readonly #connectors = new ConnectorsRoute();
  readonly #tasks: Tasks;
  readonly #artifacts = new BoundedMap<string, ArtifactRef>(MAX_ARTIFACTS);
  readonly #observe = (event: Event) => this.#tasks.observe(event);
  #manager: EventManager | undefined;
  #starting: Promise<void> | undefined;
  #io: ClosableSocketServer | undefined;
  listening: Server | undefined;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.#streams = new OpenStreams(settings.autoCloseStreams);
    this.#tasks = new Tasks(async (event) => {
      const manager = await this.#events();
      await manager.emitEvent(event);
    }, settings.maxTasks);
    this.app = buildApp({
      settings,
      tasks: this.#tasks,
      artifacts: this.#artifacts,
      streams: this.#streams,
      connectors: this.#connectors,
      manager: () => this.#events(),
    });
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    this.#starting = undefined;
    const { listening } = this;
    this.listening = undefined;
    // Streams first: an open one would keep the listener from closing for ever.
    this.#streams.endAll();
    const closed = listening && close(listening);
    await this.#closeSockets();
    await closed;
    this.#tasks.forgetRequests();
    await this.#leaveManager();
    await this.#connectors.close();
    await flushTokenUsage();
    if (listening) logInfo('ASBR API server stopped');
  }

  addArtifact(artifact: ArtifactRef): void {
    const parsed = ArtifactRefSchema.safeParse(artifact);
    if (!parsed.success) throw new ValidationError('Invalid artifact', { errors: parsed.error.issues });
    this.#artifacts.set(artifact.id, parsed.data);
  }

  async #start(): Promise<void> {
    const { port, host, eventManager, testBypass } = this.#settings;
    if (!eventManager) await initializeXDG();
    const listening = await listen(this.app, port, host);
    try {
      const manager = await this.#events();
      const SocketServer = loadSocketServer();
      if (SocketServer) {
        this.#io = new SocketServer(listening, { transports: ['websocket'] });
        manager.attachIO(this.#io, { authorize: socketAuthorizer(testBypass) });
      }
    } catch (error) {
      await close(listening);
      throw error;
    }
    this.listening = listening;
    logInfo(`ASBR API server listening on ${addressOf(listening)}`);
  }

  /** The manager to use now. The process's one may have been replaced since; then the tasks follow the new one. */
  async #events(): Promise<EventManager> {
    const manager = this.#settings.eventManager ?? (await getEventManager());
    if (manager !== this.#manager) {
      this.#manager?.off('event', this.#observe);
      manager.on('event', this.#observe);
      this.#manager = manager;
    }
    return manager;
  }

  async #closeSockets(): Promise<void> {
    const io = this.#io;
    this.#io = undefined;
    // It also closes the listener, which may be closed by now; that is what is wanted.
    await Promise.resolve(io?.close()).catch(() => undefined);
  }

  async #leaveManager(): Promise<void> {
    this.#manager?.off('event', this.#observe);
    this.#manager = undefined;
    if (!this.#settings.eventManager) await closeEventManager();
  }
}
