import { type Browser, chromium } from 'playwright-core';

/** Without what would call out into a closed network; the sandbox needs rights that test machines do not give. */
const ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/**
 * Debian's Chromium for tests of pages: the same engine without the windows around it, at half the work.
 * LANYARD_CHROMIUM names another; the journeys in e2e use the whole browser.
 */
export function launchBrowser(more: string[] = []): Promise<Browser> {
  const executablePath = process.env['LANYARD_CHROMIUM'] ?? '/usr/bin/chromium-headless-shell';
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}

/** The whole Chromium, as people have it. */
export function launchWholeBrowser(more: string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: [...ARGUMENTS, ...more] });
}
