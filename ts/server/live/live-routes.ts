import type { Application, Request, RequestHandler, Response } from 'express';
import { type AuthenticatedRequest, isLoopbackAddress } from '../../asbr/auth/index.js';
import { bodyFields } from '../../asbr/server/middleware/body.js';
import type { LivePage } from './live-page.js';
import type { RunAccess } from './run-access.js';
import { isSameOrigin } from './same-origin.js';

const BEARER = 'Bearer ';
/** What a browser session may do: look. */
const SESSION_SCOPES = ['events:read', 'tasks:read', 'artifacts:read', 'system:read'];

export interface LiveRoutesOptions {
  page: LivePage;
  access: RunAccess;
  host: string;
}

/** Adds the live page, the exchange of a code or token for a session, and both ways to be known under `/v1`. */
export function liveRoutes({ page, access, host }: LiveRoutesOptions): (app: Application) => void {
  return (app) => {
    app.get('/', sendPage(page));
    app.post('/session', openSession(access, host));
    app.use('/v1', identify(access, host));
  };
}

function sendPage({ html, contentSecurityPolicy }: LivePage): RequestHandler {
  return (_req, res) => {
    res.set({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy,
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    });
    res.send(html);
  };
}

/** POST /session with `{code}`, or with a bearer token: 204 and a cookie. */
function openSession(access: RunAccess, host: string): RequestHandler {
  return (req, res) => {
    res.set('Cache-Control', 'no-store');
    if (!isSameOrigin(req, host)) {
      res.status(403).json({ error: 'Access denied: same origin only', code: 'AUTHORIZATION_ERROR' });
      return;
    }
    const { code } = bodyFields(req);
    const known = typeof code === 'string' ? access.redeemCode(code) : access.isToken(bearerOf(req));
    if (!known) {
      res.status(401).json({ error: 'Code or token not accepted', code: 'AUTHENTICATION_ERROR' });
      return;
    }
    setCookie(res, access);
    res.status(204).end();
  };
}

function setCookie(res: Response, access: RunAccess): void {
  const { id, maxAgeSeconds } = access.openSession();
  const attributes = `HttpOnly; SameSite=Strict; Path=/v1; Max-Age=${maxAgeSeconds}`;
  res.append('Set-Cookie', `${access.cookieName}=${id}; ${attributes}`);
}

/** Says who is calling when it is this run's token or a session of its page; other tokens are checked as ever. */
function identify(access: RunAccess, host: string): RequestHandler {
  return (req, _res, next) => {
    const request = req as Request & AuthenticatedRequest;
    if (isLoopbackAddress(req.socket.remoteAddress ?? '') && access.isToken(bearerOf(req))) {
      request.auth = { tokenId: 'run', scopes: ['*'] };
    } else if (
      req.method === 'GET' &&
      access.hasSession(cookieOf(req, access.cookieName)) &&
      isSameOrigin(req, host)
    ) {
      request.auth = { tokenId: 'session', scopes: SESSION_SCOPES };
    }
    next();
  };
}

function bearerOf(req: Request): string {
  const header = req.headers.authorization ?? '';
  return header.startsWith(BEARER) ? header.slice(BEARER.length) : '';
}

function cookieOf(req: Request, name: string): string {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}
