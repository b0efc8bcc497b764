import { ref } from 'vue';
import { read, write } from './language.js';

export const THEMES = ['auto', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'lanyard-theme';
const stored = THEMES.find((name) => name === read(KEY));

/** `auto` follows the system. */
export const theme = ref<Theme>(stored ?? 'auto');

export function chooseTheme(next: Theme): void {
  theme.value = next;
  write(KEY, next);
  applyTheme();
}

export function applyTheme(target: Document = document): void {
  if (theme.value === 'auto') target.documentElement.removeAttribute('data-theme');
  else target.documentElement.setAttribute('data-theme', theme.value);
}
