import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue()],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../dist-web',
    emptyOutDir: true,
    target: ['chrome90', 'safari15'],
    // The content security policy knows no data: scripts or styles; files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
