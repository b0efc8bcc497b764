import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(
    options: object,
  ): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }>;
}

/** All that another theme can change of what axe looks at. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * What axe finds on the page as it stands, best-practice rules included, or of the given rules only; run with the
 * window as tall as the page.
 */
export async function runAxe(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(`${AXE}; undefined`);
  return page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run(runOnly === undefined ? {} : { runOnly });
    return violations.map(({ id, nodes }) => {
      const first = nodes.slice(0, 3).map((node) => `${String(node.target)} ${node.failureSummary ?? ''}`);
      return `${id}: ${first.join(' | ')}`;
    });
  }, rules);
}
