// A real OpenID provider for Keyfob's whole-program tests: oidc-provider, in one of two shapes.
//
//   node server.mjs plain|auth0 --redirect URI... [--client-id ID] [--audience URI] [--access-ttl SECONDS] [--port N]
//
// When it is ready it prints one line of JSON: {"issuer": …, "admin": …}. It ends when its standard input closes, so
// that it never outlives the test that started it. The admin port is for the tests' own questions:
//
//   GET  /counters       what was asked, by route; token requests, by grant; the most requests that one code saw
//   GET  /next-refresh   answers when a refresh has been answered the next time
//   POST /hold-refresh   the answer to the next refresh is withheld for as many milliseconds as the body says
//   GET  /held           answers when it is
//   POST /release        ends that sooner
//   GET  /grants         who has a grant, and how many refresh tokens of it still work
//   POST /refresh-token  the body is a refresh token: "live", "used" or "gone"

import { once } from 'node:events';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import Provider from 'oidc-provider';
import { interactions } from './interaction.mjs';
import { count, counters, held, holdRefresh, nextRefresh, release } from './ledger.mjs';
import { claimsOf, errorPage } from './people.mjs';
import * as shapes from './shapes.mjs';
import { Store, grants, refreshToken } from './store.mjs';

console.info = console.error; // the library's notices: standard output holds the one line alone

const { positionals: [shapeName], values: options } = parseArgs({
  allowPositionals: true,
  options: {
    redirect: { type: 'string', multiple: true, default: ['http://127.0.0.1/callback'] },
    'client-id': { type: 'string', default: 'keyfob-e2e' },
    audience: { type: 'string', default: 'https://api.example.com' },
    'access-ttl': { type: 'string', default: '86400' },
    port: { type: 'string', default: '0' },
  },
});
if (!Object.hasOwn(shapes, shapeName ?? '')) {
  console.error('usage: node server.mjs plain|auth0 [options]');
  process.exit(2);
}

const accessTTL = Number(options['access-ttl']);
const shape = shapes[shapeName]({
  clientId: options['client-id'],
  redirects: options.redirect,
  audience: options.audience,
  accessTTL,
});

const front = createServer();
const issuer = `http://127.0.0.1:${await listen(front, Number(options.port))}${shape.issuerPath}`;
const provider = new Provider(issuer, settings());
provider.on('server_error', (_ctx, error) => console.error(error));
for (const middleware of [count, interactions(provider, 'Sign in to Acme'), ...shape.middleware]) {
  provider.use(middleware);
}
front.on('request', provider.callback());

const admin = createServer(async (req, res) => {
  res.setHeader('content-type', 'application/json');
  switch (`${req.method} ${req.url}`) {
    case 'GET /counters': return res.end(JSON.stringify(counters()));
    case 'GET /next-refresh': await nextRefresh(); return res.end('{}');
    case 'POST /hold-refresh': holdRefresh(Number(await text(req))); return res.end('{}');
    case 'GET /held': await held(); return res.end('{}');
    case 'POST /release': release(); return res.end('{}');
    case 'GET /grants': return res.end(JSON.stringify(grants()));
    case 'POST /refresh-token': return res.end(JSON.stringify(refreshToken(await text(req))));
    default: return res.writeHead(404).end('{}');
  }
});
const adminPort = await listen(admin, 0);

console.log(JSON.stringify({ issuer, admin: `http://127.0.0.1:${adminPort}` }));
process.stdin.resume().on('end', () => process.exit(0));

function settings() {
  const { features, ...rest } = shape.settings;
  const hour = 3600;
  return {
    adapter: Store,
    clients: shape.clients,
    claims: {
      openid: ['sub'],
      profile: ['name', 'org_id', 'org_name'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(32).toString('hex')] },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true }, ...features },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => claimsOf(id) }),
    jwks: { keys: [signingKey('current'), signingKey('next')] },
    renderError(ctx, out) {
      ctx.type = 'html';
      ctx.body = errorPage(out);
    },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: accessTTL,
      AuthorizationCode: 60,
      ClientCredentials: accessTTL,
      DeviceCode: 600,
      Grant: 24 * hour,
      IdToken: 10 * hour,
      Interaction: hour,
      RefreshToken: 24 * hour,
      Session: 24 * hour,
    },
    ...rest,
  };
}

function signingKey(kid) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
}

async function listen(server, port) {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

async function text(req) {
  let body = '';
  for await (const chunk of req) body += chunk;
  return body;
}
