// Written by hand. The build puts its id and the list of its files here.
const BUILD = '__BUILD__';
const FILES = ['__FILES__'];
const CACHE = `lanyard-wallet-${BUILD}`;
const SHELL = '/';

// Any file may have been asked for with other headers than the cached answer was.
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
        if (name.startsWith('lanyard-wallet-') && name !== CACHE) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  // Answers of services are never kept, and neither is anything that is not a file of this build.
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate') {
    if (!/^\/(claim|card|records|verified|me|present|issue\/callback)?$/.test(url.pathname)) return;
    event.respondWith(openShell(event));
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

// The shell carries the addresses of the services; it is renewed only while it still fits the cached files.
async function refreshShell() {
  const answer = await fetch(SHELL, { cache: 'no-cache' });
  if (!answer.ok) return;
  const text = await answer.clone().text();
  const assets = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]);
  if (!assets.every((name) => FILES.includes(name))) return;
  await (await caches.open(CACHE)).put(SHELL, answer);
}
