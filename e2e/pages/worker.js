// The attacker's service worker: it asks on behalf of its page, in both modes, and tells what it could read.
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (url.pathname !== '/through') return;
  const init = { mode: url.searchParams.get('mode'), credentials: 'include' };
  event.respondWith(fetch(url.searchParams.get('to'), init));
});
