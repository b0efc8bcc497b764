import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** Served below /staff/ by `src/http/serve-staff-page.ts`; nothing is inlined (strict content security policy). */
export default defineConfig({
  base: '/staff/',
  plugins: [vue()],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../dist-web',
    emptyOutDir: true,
    target: ['chrome90', 'safari15'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
