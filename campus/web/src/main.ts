import '@lanyard/look/tokens.css';
import '@lanyard/look/components.css';
import '@lanyard/look/staff/staff.css';
import './campus.css';
import { installIcons } from '@lanyard/look/staff/install-icons.js';
import { followLanguage } from '@lanyard/look/staff/language.js';
import { applyTheme } from '@lanyard/look/staff/theme.js';
import { createApp } from 'vue';
import App from './app.vue';
import { router } from './router.js';
import { loadTexts } from './texts/texts.js';

installIcons();
applyTheme();
followLanguage();
// No await at the top: the bundler would then split every part into a file of its own.
void loadTexts().then(() => createApp(App).use(router).mount('#app'));
// The shell without a network; where a browser has no workers the pages are the same.
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('/sw.js').catch(() => undefined);
