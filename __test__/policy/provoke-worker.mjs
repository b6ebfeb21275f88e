import { parentPort } from 'node:worker_threads';
import { provokePolicy } from './provoke.mjs';

parentPort?.postMessage(await provokePolicy());
