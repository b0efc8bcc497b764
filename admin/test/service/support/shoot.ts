import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { runAxe } from '../../../../packages/platform/test/support/run-axe.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];

/** A picture of the whole page, where somebody wants to look at it: `LANYARD_SCREENSHOTS` names the folder. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

/** No fault axe can find, no wider than its window, and a picture. */
export async function shown(page: Page, name: string, width: number): Promise<void> {
  expect(await runAxe(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  await shoot(page, name);
}
