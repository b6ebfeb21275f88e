import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LivePage {
  html: string;
  /** Allows the page's own style and script, named by their hashes, requests to its own server, and nothing else. */
  contentSecurityPolicy: string;
}

/** Puts the page together from its files; they lie beside the compiled code. */
export function loadLivePage(folder = join(__dirname, '..', 'page')): LivePage {
  const file = (name: string) => readFileSync(join(folder, name), 'utf8');
  const style = file('theme.css') + file('live.css');
  const script = file('live.js');
  const html = file('index.html')
    .replace('<!-- style -->', () => `<style>${style}</style>`)
    .replace('<!-- script -->', () => `<script type="module">${script}</script>`);
  const policy = [
    "default-src 'none'",
    "connect-src 'self'",
    'img-src data:',
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];
  return { html, contentSecurityPolicy: policy.join('; ') };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
