// Counts what clients ask, so that a test can say "one request per code" and see it.

import { createHash } from 'node:crypto';

const requests = {}; // route → how many
const tokenRequests = {}; // grant type → { ok, refused }
const perCode = new Map(); // hash of a code → how often it was presented

let waiting = []; // for the next refresh
let hold; // the answer to the next refresh is to be withheld, or is

// nextRefresh resolves when a new refresh token has left the house.
export function nextRefresh() {
  return new Promise((resolve) => waiting.push(resolve));
}

// holdRefresh withholds the answer to the next refresh until release, or for so many milliseconds: the old token is
// spent then, and nobody has the new one.
export function holdRefresh(most) {
  hold = { held: gate(), released: gate(), most };
}

// held resolves when an answer is withheld.
export function held() {
  return hold?.held.opened;
}

export function release() {
  hold?.released.open();
}

async function withhold() {
  const { held, released, most } = hold;
  const timer = setTimeout(released.open, most);
  held.open();
  await released.opened;
  clearTimeout(timer);
  hold = undefined;
}

function gate() {
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  return { opened, open };
}

export async function count(ctx, next) {
  await next();
  if (ctx.body?.refresh_token && ctx.oidc?.params?.grant_type === 'refresh_token') {
    if (hold) await withhold();
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
