import '@lanyard/look/tokens.css';
import '@lanyard/look/components.css';
import '@lanyard/look/staff/staff.css';
import './staff-page.css';
import { installIcons } from '@lanyard/look/staff/install-icons.js';
import { followLanguage } from '@lanyard/look/staff/language.js';
import { applyTheme } from '@lanyard/look/staff/theme.js';
import { createApp } from 'vue';
import App from './app.vue';

installIcons();
applyTheme();
followLanguage();
createApp(App).mount('#app');
