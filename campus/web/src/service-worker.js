// Written by hand. The build puts its id and the list of its files here.
const BUILD = '__BUILD__';
const FILES = ['__FILES__'];
const CACHE = `lanyard-campus-${BUILD}`;
const SHELL = '/';
// The pages of the application; sign-in and what services answer always come from the network.
const PAGES =
  /^\/(services|cases|notices(\/settings)?|surveys|windows|m\/[a-z-]+(\/(services|cases|surveys)\/[A-Za-z0-9_-]+)?)?$/;

const find = async (key) => (await caches.open(CACHE)).match(key, { ignoreVary: true });

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([SHELL, ...FILES].map((url) => new Request(url, { cache: 'no-cache' })))),
  );
});

// A new worker waits until no page of the old one is open: an open page keeps the files it was built with.
self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith('lanyard-campus-') && name !== CACHE) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || /\/v1\//.test(url.pathname)) return;
  if (event.request.mode === 'navigate') {
    if (PAGES.test(url.pathname)) event.respondWith(openShell(event));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(find(url.pathname).then((hit) => hit ?? fetch(event.request)));
  }
});

async function openShell(event) {
  const hit = await find(SHELL);
  if (hit === undefined) return fetch(event.request);
  event.waitUntil(refreshShell().catch(() => {}));
  return hit;
}

// The shell carries the name of the university and addresses; it is renewed only while it fits the cached files.
async function refreshShell() {
  const answer = await fetch(SHELL, { cache: 'no-cache' });
  if (!answer.ok) return;
  const text = await answer.clone().text();
  const assets = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]);
  if (!assets.every((name) => FILES.includes(name))) return;
  await (await caches.open(CACHE)).put(SHELL, answer);
}

// A notice from the push service, sealed for this browser by the server. What cannot be read still is a notice: a browser
// takes the permission away from who shows nothing.
function readNotice(event) {
  try {
    return event.data.json();
  } catch {
    return {};
  }
}
self.addEventListener('push', (event) => {
  const { id, title, text, url } = readNotice(event);
  event.waitUntil(
    self.registration.showNotification(title || '有一件事轮到你', {
      body: text || '',
      tag: id || 'notice',
      icon: '/icon.svg',
      data: { url: url || '/notices' },
    }),
  );
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  event.waitUntil(openPage(url.origin === self.location.origin ? url.href : self.location.origin));
});

async function openPage(href) {
  const [open] = await self.clients.matchAll({ type: 'window' });
  if (open === undefined) return self.clients.openWindow(href);
  await open.focus();
  return open.navigate(href);
}
