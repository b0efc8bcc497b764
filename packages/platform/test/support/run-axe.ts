import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }>;
}

/** What axe finds on the page as it stands, best-practice rules included; run with the window as tall as the page. */
export async function runAxe(page: Page): Promise<string[]> {
  await page.evaluate(`${AXE}; undefined`);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations.map(({ id, nodes }) => {
      const first = nodes.slice(0, 3).map((node) => `${String(node.target)} ${node.failureSummary ?? ''}`);
      return `${id}: ${first.join(' | ')}`;
    });
  });
}
