import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { serviceWorker } from '../../packages/look/src/build/service-worker-plugin.js';
import { usedIcons } from './used-icons-plugin.js';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [vue(), usedIcons(), serviceWorker({ root: import.meta.dirname })],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  build: {
    outDir: '../dist-web',
    emptyOutDir: true,
    target: ['chrome90', 'safari15'],
    // The content security policy knows no data: scripts or styles; files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
