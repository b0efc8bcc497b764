export type Language = 'zh' | 'en';
export type Theme = 'system' | 'light' | 'dark' | 'contrast';

const LANGUAGE = 'lanyard.language';
const THEME = 'lanyard.theme';
const BRIGHTNESS = 'lanyard.brightness-hint';

// Choices about the look hold no personal data; they are read before the first frame, so not from the database.
function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}

/** The chosen language, else the browser's: Chinese unless it prefers something else. */
export function readLanguage(): Language {
  const chosen = read(LANGUAGE);
  if (chosen === 'zh' || chosen === 'en') return chosen;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function chooseLanguage(language: Language): void {
  write(LANGUAGE, language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

export function readTheme(): Theme {
  const chosen = read(THEME);
  return chosen === 'light' || chosen === 'dark' || chosen === 'contrast' ? chosen : 'system';
}

export function chooseTheme(theme: Theme): void {
  write(THEME, theme);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** True the first time only: the wish for a bright screen is said once. */
export function takeBrightnessHint(): boolean {
  if (read(BRIGHTNESS) !== null) return false;
  write(BRIGHTNESS, 'said');
  return true;
}

export function forgetPreferences(): void {
  for (const name of [LANGUAGE, THEME, BRIGHTNESS]) {
    try {
      localStorage.removeItem(name);
    } catch {
      // Nothing was kept.
    }
  }
}
