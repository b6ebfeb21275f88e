import { parentPort } from 'node:worker_threads';
import { provokeAll } from './provoke.mjs';

parentPort?.postMessage(await provokeAll());
