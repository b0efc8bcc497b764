import { defaultClientConditions, defineConfig } from 'vite';
import { serviceWorker } from './service-worker-plugin.js';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['source', ...defaultClientConditions] },
  plugins: [serviceWorker()],
  build: {
    outDir: '../dist-web',
    emptyOutDir: true,
    target: 'es2021',
    // The policy allows own files only: nothing goes inline as data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
