// The two questions that the provider asks in the browser: who are you (a form), and do you agree (answered at once).

import { loginPage, person } from './people.mjs';

const path = /^\/interaction\/[\w-]+$/;

export function interactions(provider, title) {
  return async (ctx, next) => {
    if (!path.test(ctx.path)) return next();
    ctx.respond = false; // interactionFinished writes to ctx.res itself
    const details = await provider.interactionDetails(ctx.req, ctx.res);
    if (details.prompt.name === 'consent') return finish(ctx, { consent: { grantId: await grant(provider, details) } });
    if (ctx.method !== 'POST') return show(ctx, loginPage(title));
    const answer = person(await form(ctx.req));
    if (answer.error) return show(ctx, loginPage(title, answer.error));
    if (answer.denied) return finish(ctx, { error: 'access_denied', error_description: answer.denied });
    return finish(ctx, { login: { accountId: answer.account } });
  };

  function finish(ctx, result) {
    return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: !('error' in result) });
  }
}

async function grant(provider, { grantId, params, session, prompt: { details } }) {
  const g = (grantId && (await provider.Grant.find(grantId)))
    || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (details.missingOIDCScope) g.addOIDCScope(details.missingOIDCScope.join(' '));
  if (details.missingOIDCClaims) g.addOIDCClaims(details.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(details.missingResourceScopes ?? {})) {
    g.addResourceScope(resource, scopes.join(' '));
  }
  return g.save();
}

function show(ctx, html) {
  ctx.respond = true;
  ctx.status = 200;
  ctx.type = 'html';
  ctx.set('cache-control', 'no-store');
  ctx.body = html;
}

async function form(req) {
  let body = '';
  for await (const chunk of req) body += chunk;
  return Object.fromEntries(new URLSearchParams(body));
}
