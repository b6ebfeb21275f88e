/** The parts of socket.io 4 that are used, by shape: the package stays an optional companion. */
export interface SocketServer {
  on(event: 'connection', listener: (socket: EventSocket) => void): unknown;
  use?(middleware: (socket: EventSocket, next: (error?: Error) => void) => void): unknown;
}

export interface EventSocket {
  readonly handshake?: SocketHandshake;
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  join?(room: string): unknown;
  leave?(room: string): unknown;
  disconnect?(close?: boolean): unknown;
}

export interface SocketHandshake {
  readonly auth?: Record<string, unknown>;
  readonly headers?: Record<string, string | string[] | undefined>;
  readonly address?: string;
}

/** `false`, a rejection or a throw refuses the socket. */
export type SocketAuthorizer = (handshake: SocketHandshake) => boolean | Promise<boolean>;
