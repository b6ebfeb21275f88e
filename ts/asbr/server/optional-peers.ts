import type { Server as HttpServer } from 'node:http';
import type { SocketServer } from '../events/index.js';
import { ASBRError } from '../types/index.js';

/** The part of socket.io 4 that the server uses. */
export interface ClosableSocketServer extends SocketServer {
  close(): unknown;
}

type SocketServerClass = new (server: HttpServer, options: { transports: string[] }) => ClosableSocketServer;

/** Express, when first needed: whoever uses only the events of this package need not install it. */
export function loadExpress(): typeof import('express') {
  const express = optional<typeof import('express')>('express');
  if (express) return express;
  throw new ASBRError('createASBRServer needs express 5: npm install express', 'EXPRESS_MISSING');
}

/** The `Server` class of socket.io, or undefined where that is not installed. */
export function loadSocketServer(): SocketServerClass | undefined {
  return optional<{ Server: SocketServerClass }>('socket.io')?.Server;
}

function optional<T>(name: string): T | undefined {
  try {
    return require(name) as T;
  } catch (error) {
    if (isMissing(error, name)) return undefined;
    throw error;
  }
}

/** Not there, as opposed to there and broken. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}
