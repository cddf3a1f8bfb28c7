// The two kinds of provider that Keyfob is tested against.

import { errors } from 'oidc-provider';

const scopes = ['openid', 'profile', 'email', 'offline_access', 'read:status'];

// Clients that are programs of their own. Their secret needs the form-encoding that RFC 6749 §2.3.1 asks for.
const machines = ['client_secret_basic', 'client_secret_post'].map((method) => ({
  client_id: `keyfob-e2e:${method}`,
  client_secret: 's3cret+/%&=:canary~of the e2e',
  token_endpoint_auth_method: method,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
}));

// plain is what RFC 8252 wishes for: a native client may come back on any loopback port.
export function plain({ clientId, redirects }) {
  return {
    issuerPath: '',
    middleware: [],
    clients: [{
      client_id: clientId,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: redirects,
    }, ...machines],
    settings: { scopes, features: { clientCredentials: { enabled: true } } },
  };
}

// auth0 has the paths, the strictness and the status codes of Auth0.
export function auth0({ clientId, redirects, audience, accessTTL }) {
  return {
    issuerPath: '/',
    middleware: [logout(redirects), jsonBodies, tooFast(), answers, offlineWithoutPrompt],
    clients: [{
      client_id: clientId,
      application_type: 'web', // "native" would let any port pass
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: redirects,
    }],
    settings: {
      scopes,
      routes: {
        authorization: '/authorize',
        token: '/oauth/token',
        device_authorization: '/oauth/device/code',
        code_verification: '/activate',
        revocation: '/oauth/revoke',
        userinfo: '/userinfo',
        end_session: '/oidc/logout',
        jwks: '/.well-known/jwks.json',
      },
      extraParams: { audience: knownAudience(audience), organization: null },
      features: {
        deviceFlow: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: (ctx) => (ctx.oidc.params.audience === audience ? audience : undefined),
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: scopes.join(' '), // Auth0 lists the OpenID scopes in the answer for an API too
            audience,
            accessTokenFormat: 'jwt',
            accessTokenTTL: accessTTL,
          }),
        },
      },
    },
  };
}

function knownAudience(audience) {
  return (_ctx, value) => {
    if (!value) throw new errors.AccessDenied('Missing required parameter: audience');
    if (value !== audience) throw new errors.AccessDenied(`Service not found: ${value}`);
  };
}

// Auth0 gives a refresh token for the scope alone; oidc-provider wants prompt=consent beside it.
async function offlineWithoutPrompt(ctx, next) {
  const { scope = '', prompt = '' } = ctx.query;
  if (ctx.path === '/authorize' && scope.split(' ').includes('offline_access') && !prompt.includes('consent')) {
    ctx.query = { ...ctx.query, prompt: `${prompt} consent`.trim() };
  }
  await next();
}

// Auth0 takes JSON where the RFCs say form.
async function jsonBodies(ctx, next) {
  if (ctx.method === 'POST' && ctx.is('application/json')) {
    let text = '';
    for await (const chunk of ctx.req) text += chunk;
    ctx.req.body = JSON.parse(text);
    ctx.req.headers['content-type'] = 'application/x-www-form-urlencoded';
  }
  await next();
}

// Polling for a device code more often than every five seconds is answered with 429 slow_down.
function tooFast() {
  const last = new Map();
  return async (ctx, next) => {
    await next();
    const code = ctx.path === '/oauth/token' && ctx.oidc?.params?.device_code;
    if (!code || ctx.body?.error !== 'authorization_pending') return;
    const before = last.get(code) ?? -Infinity;
    last.set(code, performance.now());
    if (last.get(code) - before < 5000) {
      ctx.status = 429;
      ctx.body = { error: 'slow_down', error_description: 'You are polling faster than the specified interval.' };
    }
  };
}

// The rest of what differs in Auth0's answers.
async function answers(ctx, next) {
  await next();
  if (ctx.path === '/.well-known/openid-configuration') discovery(ctx.body);
  if (ctx.path === '/oauth/device/code' && ctx.status === 200) ctx.body.interval = 5;
  if (ctx.path === '/oauth/token') tokenErrors(ctx);
  const target = ctx.response.get('location');
  if (ctx.path.startsWith('/authorize') && URL.canParse(target)) ctx.set('location', withoutIss(target));
}

function discovery(metadata) {
  metadata.code_challenge_methods_supported = ['S256', 'plain'];
  metadata.token_endpoint_auth_methods_supported = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
  delete metadata.grant_types_supported;
  delete metadata.authorization_response_iss_parameter_supported;
}

function tokenErrors(ctx) {
  if (ctx.body?.error === 'authorization_pending') ctx.status = 403;
  if (ctx.body?.error === 'invalid_grant') {
    const what = ctx.oidc.params.grant_type === 'refresh_token' ? 'refresh token' : 'authorization code';
    ctx.status = 403;
    ctx.body = { error: 'invalid_grant', error_description: `Unknown or invalid ${what}.` };
  }
}

function withoutIss(target) {
  const url = new URL(target);
  url.searchParams.delete('iss');
  return url.href;
}

// Auth0's older logout: ends the browser's session, and returns only to where it was told that it may.
function logout(redirects) {
  return async (ctx, next) => {
    if (ctx.path !== '/v2/logout') return next();
    const allowed = redirects.map((uri) => new URL('/', uri).href);
    const { returnTo } = ctx.query;
    if (returnTo && !allowed.includes(returnTo)) ctx.throw(400, 'returnTo is not allowed');
    ctx.cookies.set('_session', null, { signed: true });
    if (returnTo) ctx.redirect(returnTo);
    else ctx.body = 'OK';
    return undefined;
  };
}
