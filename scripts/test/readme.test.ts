import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const readme = read('README.md');

describe('the README', () => {
  const paragraph = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## Documents'));
  const entries = paragraph.split(' · ');
  const launcher = read('launcher/src/main.ts');
  const from = launcher.indexOf('const COMMANDS');
  const commandTable = launcher.slice(from, launcher.indexOf('};', from));
  const commands = [...commandTable.matchAll(/^ {2}'?([a-z-]+(?: [a-z-]+)?)'?(?::|,$)/gm)].map(([, name = '']) => name);

  it('names every command there is', () => {
    expect(commands.length).toBeGreaterThan(40);
    const missing = commands.filter((name) => {
      const [group = '', verb = ''] = name.split(' ');
      const entry = entries.filter((one) => new RegExp(`\`${group}\\b`).test(one));
      return !entry.some((one) => new RegExp(`\\b${verb}\\b`).test(one));
    });
    expect(missing).toEqual([]);
  });

  it('leads to every document', () => {
    const documents = readdirSync(new URL('docs', root)).filter((name) => name.endsWith('.md'));
    expect(documents.filter((name) => !readme.includes(`docs/${name}`))).toEqual([]);
  });
});
