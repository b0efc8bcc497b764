import { defineConfig } from 'vite';

/** One page for screen and camera; files under /assets carry their hash, nothing is inlined (strict CSP). */
export default defineConfig({
  base: '/',
  build: {
    outDir: '../dist-web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
});
