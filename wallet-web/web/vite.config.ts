import { defaultClientConditions, defineConfig } from 'vite';
import { serviceWorker } from '../../packages/look/src/build/service-worker-plugin.js';

/** The scanner works only with a network anyway. */
const SCANNER = /\.wasm$|\/scan-|\.map$/;

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['source', ...defaultClientConditions] },
  plugins: [serviceWorker({ root: import.meta.dirname, onDemand: SCANNER })],
  build: {
    outDir: '../dist-web',
    emptyOutDir: true,
    target: 'es2021',
    // The policy allows own files only: nothing goes inline as data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
