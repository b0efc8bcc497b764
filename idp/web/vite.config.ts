import { defineConfig } from 'vite';

/**
 * One script and one style sheet for pages that the server renders. Their names carry no digest: the pages name them
 * without knowing the build. Old Android WebViews run them, hence the target and the plain (not module) script.
 */
export default defineConfig({
  publicDir: 'public',
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../dist-web',
    emptyOutDir: true,
    target: ['es2017', 'chrome64', 'safari12'],
    cssTarget: ['chrome64', 'safari12'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    lib: {
      entry: 'src/main.ts',
      formats: ['iife'],
      name: 'lanyardPages',
      fileName: () => 'assets/idp.js',
      cssFileName: 'assets/idp',
    },
  },
});
