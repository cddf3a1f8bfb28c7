// The ways in which a page can make a browser send a request. A way takes an address, and ends when the browser is done
// with it or, where the page is told nothing, when the request is under way. What it returns is what the page read.

// attack goes all the ways named to the address, each with its name on it, and returns what was read: it should be [].
async function attack(names, address) {
  const findings = await Promise.all(names.map(async (name) => {
    const url = new URL(address);
    url.searchParams.append('via', name);
    const read = await ways[name](url.href).catch(() => undefined);
    return read && `${name}: ${read}`;
  }));
  return [...findings, ...timings(new URL(address).origin)].filter(Boolean);
}

// timings is what the browser tells about requests that are over: of another origin, only that they were.
function timings(origin) {
  return performance.getEntriesByType('resource')
    .filter((e) => e.name.startsWith(origin) && (e.responseStatus || e.transferSize || e.responseStart))
    .map((e) => JSON.stringify(e));
}

const ways = {
  // Elements that load something by themselves.
  img: (url) => element('img', { src: url }),
  srcset: (url) => element('img', { srcset: `${url} 1x` }),
  'img-credentials': (url) => element('img', { crossOrigin: 'use-credentials', src: url }),
  'img-redirect': (url) => element('img', { src: hop(url) }),
  'input-image': (url) => element('input', { type: 'image', src: url }),
  script: (url) => element('script', { src: url }),
  module: (url) => element('script', { type: 'module', src: url }),
  import: (url) => import(url).then(() => 'a module'),
  stylesheet: (url) => element('link', { rel: 'stylesheet', href: url }),
  background: async (url) => { document.body.style.backgroundImage += `url("${url}")`; },
  font: (url) => new FontFace('prize', `url("${url}")`).load().then(() => 'a font'),
  video: (url) => element('video', { src: url, preload: 'auto' }),
  audio: (url) => element('audio', { src: url, preload: 'auto' }),
  object: (url) => element('object', { data: url }),
  embed: (url) => told(element('embed', { src: url })),
  iframe: (url) => frame(url),
  'iframe-sandbox': (url) => frame(url, { sandbox: 'allow-scripts allow-same-origin allow-forms' }),
  'iframe-redirect': (url) => frame(hop(url)),

  // Scripts that ask.
  'fetch-cors': (url) => fetch(url).then(text),
  'fetch-credentials': (url) => fetch(url, { credentials: 'include' }).then(text),
  'fetch-no-cors': (url) => fetch(url, { mode: 'no-cors', credentials: 'include' }).then(text),
  'fetch-redirect': (url) => fetch(hop(url), { mode: 'no-cors', credentials: 'include' }).then(text),
  'fetch-keepalive': (url) => fetch(url, { mode: 'no-cors', keepalive: true }).then(text),
  xhr: (url) => xhr(url),
  eventsource: (url) => listen(new EventSource(url, { withCredentials: true }), 'open'),
  websocket: (url) => listen(new WebSocket(url.replace('http:', 'ws:')), 'open'),
  'worker-cors': (url) => throughWorker(url, 'cors'),
  'worker-no-cors': (url) => throughWorker(url, 'no-cors'),

  // Requests ahead of need.
  prefetch: (url) => element('link', { rel: 'prefetch', href: url }),
  'prefetch-document': (url) => element('link', { rel: 'prefetch', as: 'document', href: url }),
  preload: (url) => element('link', { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: url }),
  modulepreload: (url) => element('link', { rel: 'modulepreload', href: url }),
  'speculate-prefetch': (url) => speculate('prefetch', url),
  'speculate-prerender': (url) => speculate('prerender', url),

  // Other methods.
  'fetch-post': (url) => fetch(url, { method: 'POST', mode: 'no-cors', body: new URL(url).searchParams }).then(text),
  'fetch-head': (url) => fetch(url, { method: 'HEAD', mode: 'no-cors' }).then(text),
  'fetch-preflight': (url) => fetch(url, { headers: { 'X-Prize': '1' } }).then(text),
  beacon: async (url) => { navigator.sendBeacon(url, new URL(url).searchParams); },
  ping: (url) => click({ href: '#', ping: url }),
  'form-post': (url) => submit(url, 'post', newWindow()),
  'form-post-iframe': (url) => submit(url, 'post', newFrame()),
  'form-get-iframe': (url) => submit(url, 'get', newFrame()),

  // Navigations of a whole window. They look like the provider's own but for their parameters.
  'form-get': (url) => submit(url, 'get', newWindow()),
  open: (url) => watch(open(url)),
  'open-redirect': (url) => watch(open(hop(url))),
  refresh: (url) => watch(open(`/refresh.html?to=${encodeURIComponent(url)}`)),
};

// hop is an address of the attacker's that redirects.
function hop(url) { return `/hop?to=${encodeURIComponent(url)}`; }

// element adds an element, and waits until it has loaded or failed. What is drawn can have been read only with a size.
function element(name, properties) {
  const e = Object.assign(document.createElement(name), properties);
  const settled = new Promise((resolve) => {
    e.addEventListener('load', () => resolve(e.naturalWidth || e.sheet ? 'something' : undefined));
    e.addEventListener('loadedmetadata', () => resolve('a medium'));
    e.addEventListener('error', () => resolve());
  });
  document.body.append(e);
  return settled;
}

// told is for elements of which a page hears nothing.
async function told() {}

async function frame(url, properties = {}) {
  const e = newFrame(properties);
  const loaded = new Promise((resolve) => { e.addEventListener('load', resolve); });
  e.src = url;
  await loaded;
  return inside(e.contentWindow);
}

function newFrame(properties = {}) {
  const e = Object.assign(document.createElement('iframe'), { name: unique() }, properties);
  document.body.append(e);
  return e;
}

function newWindow() {
  const name = unique();
  return Object.assign(open('about:blank', name), { name });
}

let count = 0;
function unique() { count += 1; return `prize-${count}`; }

// inside reads a window, as far as its origin lets it.
function inside(w) {
  try {
    return `${w.location.href} ${w.document.documentElement?.outerHTML}`;
  } catch {
    return undefined;
  }
}

// watch waits until a window has left for another origin, where its opener cannot look into it, and closes it.
async function watch(w) {
  while (!w.closed && inside(w)) await pause();
  w.close();
}

// lose waits until an opened window is not the page's any more: a page could send it elsewhere later.
async function lose(url) {
  for (const w = open(url); !w.closed;) await pause();
}

function pause() { return new Promise((resolve) => { setTimeout(resolve, 10); }); }

async function submit(url, method, target) {
  const form = Object.assign(document.createElement('form'), { action: url, method, target: target.name });
  for (const [name, value] of new URL(url).searchParams) {
    form.append(Object.assign(document.createElement('input'), { name, value }));
  }
  document.body.append(form);
  form.submit();
  return target instanceof HTMLElement ? undefined : watch(target);
}

async function click(properties) {
  const a = Object.assign(document.createElement('a'), properties);
  document.body.append(a);
  a.click();
}

// text is what a response says, if the browser shows it. An opaque one has neither status nor text.
async function text(response) {
  const body = await response.text();
  return response.status || body ? `${response.status} ${body}` : undefined;
}

function xhr(url) {
  return new Promise((resolve) => {
    const x = new XMLHttpRequest();
    x.open('GET', url);
    x.withCredentials = true;
    x.onloadend = () => resolve(x.status ? `${x.status} ${x.responseText}` : undefined);
    x.send();
  });
}

function listen(source, opened) {
  return new Promise((resolve) => {
    source.addEventListener(opened, () => resolve('a stream'));
    source.addEventListener('error', () => { source.close(); resolve(); });
  });
}

function speculate(what, url) {
  const rules = { [what]: [{ urls: [url], eagerness: 'immediate' }] };
  return told(element('script', { type: 'speculationrules', textContent: JSON.stringify(rules) }));
}

async function throughWorker(url, mode) {
  await navigator.serviceWorker.register('/worker.js');
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) {
    await new Promise((resolve) => { navigator.serviceWorker.addEventListener('controllerchange', resolve); });
  }
  return fetch(`/through?mode=${mode}&to=${encodeURIComponent(url)}`, { mode }).then(text);
}
