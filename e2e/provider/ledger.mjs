// Counts what clients ask, so that a test can say "one request per code" and see it.

import { createHash } from 'node:crypto';

const requests = {}; // route → how many
const tokenRequests = {}; // grant type → { ok, refused }
const perCode = new Map(); // hash of a code → how often it was presented

let waiting = []; // for the next refresh

// nextRefresh resolves when a new refresh token has left the house.
export function nextRefresh() {
  return new Promise((resolve) => waiting.push(resolve));
}

export async function count(ctx, next) {
  await next();
  if (ctx.body?.refresh_token && ctx.oidc?.params?.grant_type === 'refresh_token') {
    ctx.res.on('finish', () => {
      waiting.forEach((resolve) => resolve());
      waiting = [];
    });
  }
  const route = ctx.oidc?.route ?? ctx.path;
  requests[route] = (requests[route] ?? 0) + 1;
  if (route === 'token') countToken(ctx.oidc.params ?? {}, ctx.status);
}

function countToken({ grant_type: grant = 'none', code }, status) {
  const row = (tokenRequests[grant] ??= { ok: 0, refused: 0 });
  row[status === 200 ? 'ok' : 'refused'] += 1;
  if (code) {
    const key = createHash('sha256').update(code).digest('hex');
    perCode.set(key, (perCode.get(key) ?? 0) + 1);
  }
}

export function counters() {
  return { requests, token_requests: tokenRequests, most_requests_per_code: Math.max(0, ...perCode.values()) };
}
