// Who can sign in here, and the page on which they do. The password of both is "keyfob".

const people = {
  jane: {
    name: 'Jane Doe',
    email: 'jane@example.com',
    email_verified: true,
    org_id: 'org_acme',
    org_name: 'acme',
  },
  max: { name: 'Max Muster', email: 'max@example.com', denied: 'max may not use this application' },
};

export function claimsOf(id) {
  const { denied, ...claims } = people[id];
  return { sub: id, ...claims };
}

// person checks the form: an error text for the page, a denial for the application, or the account.
export function person({ username, password }) {
  const found = Object.hasOwn(people, username ?? '') && password === 'keyfob';
  if (!found) return { error: 'That name or password is not right.' };
  if (people[username].denied) return { denied: people[username].denied };
  return { account: username };
}

export function loginPage(title, error = '') {
  return page(title, `<form method="post">
  <p role="alert">${error}</p>
  <label>Name <input name="username" autocomplete="username" autofocus></label>
  <label>Password <input name="password" type="password" autocomplete="current-password"></label>
  <button type="submit">Continue</button>
</form>`);
}

export function errorPage({ error, error_description: description = '' }) {
  return page('Something is not right', `<p><strong>${escape(error)}</strong></p><p>${escape(description)}</p>`);
}

function page(title, body) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title>
<meta name="viewport" content="width=device-width"><style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 22rem; margin: 4rem auto; padding: 0 1rem }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
input, button { padding: .5rem; margin: .25rem 0 1rem }
</style><h1>${escape(title)}</h1>${body}</html>`;
}

function escape(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
