import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Leaves those symbols of icons.svg whose names these pages say somewhere: a phone loads no others. */
export function usedIcons(): Plugin {
  const said = textsBelow(join(import.meta.dirname, 'src')).join('\n');
  return {
    name: 'campus-used-icons',
    enforce: 'pre',
    load(id) {
      if (!id.endsWith('icons.svg?raw')) return undefined;
      const text = readFileSync(id.replace('?raw', ''), 'utf8').replace(/<!--[\s\S]*?-->\n?/g, '');
      const lines = text.split('\n');
      const kept = lines.filter((line) => {
        const name = /^<symbol id="([^"]+)"/.exec(line)?.[1];
        if (name === undefined) return true;
        return [`'${name.replace(/^i-/, '')}'`, ` name="${name.replace(/^i-/, '')}"`, `#${name}`].some((way) =>
          said.includes(way),
        );
      });
      return `export default ${JSON.stringify(kept.join('\n'))};`;
    },
  };
}

const textsBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? textsBelow(path) : [readFileSync(path, 'utf8')];
  });
