/** Requests over kept-alive connections, a fixed number at a time. */
import { Agent, get } from 'node:http';

export class Client {
  #agent;
  #url;

  constructor(port, connections) {
    this.#url = `http://127.0.0.1:${port}/`;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  ask(headers = {}) {
    return new Promise((resolve, reject) => {
      get(this.#url, { agent: this.#agent, headers }, (res) => {
        const chunks = [];
        res.on('data', (chunk) => chunks.push(chunk));
        res.on('end', () =>
          resolve({ status: res.statusCode, headers: res.headers, body: Buffer.concat(chunks) }),
        );
      }).on('error', reject);
    });
  }

  /** `count` requests, `atOnce` of them under way at any time; throws unless each has this status. */
  async askMany(count, atOnce, headers, status) {
    let left = count;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        const answer = await this.ask(headers);
        if (answer.status !== status) throw new Error(`status ${answer.status} instead of ${status}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  close() {
    this.#agent.destroy();
  }
}
