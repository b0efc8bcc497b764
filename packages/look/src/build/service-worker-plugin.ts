import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/**
 * Writes /sw.js: the hand-written worker of the pages in `root` with the list of files of this build, each once.
 * `onDemand` are files that are fetched when they are needed and never before; maps are.
 */
export function serviceWorker({ root, onDemand = /\.map$/ }: { root: string; onDemand?: RegExp }): Plugin {
  return {
    name: 'lanyard-service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const publicFiles = readdirSync(join(root, 'public')).map((name) => `/${name}`);
        const built = Object.keys(bundle).map((name) => `/${name}`);
        const files = [...new Set([...built, ...publicFiles])]
          .filter((name) => !onDemand.test(name) && name !== '/index.html')
          .sort();
        const worker = readFileSync(join(root, 'src/service-worker.js'), 'utf8');
        const html = bundle['index.html'];
        const build = createHash('sha256')
          .update(JSON.stringify(files))
          .update(worker)
          .update(html?.type === 'asset' ? html.source : '')
          .digest('hex')
          .slice(0, 16);
        const source = worker
          .replace("'__BUILD__'", JSON.stringify(build))
          .replace("['__FILES__']", JSON.stringify(files));
        this.emitFile({ type: 'asset', fileName: 'sw.js', source });
      },
    },
  };
}
