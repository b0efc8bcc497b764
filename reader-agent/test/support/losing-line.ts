import { createServer, request } from 'node:http';

/** The way from an agent to its verifier: it can lose the answer to a call that was done, or be cut. */
export async function openLosingLine(target: string, port: number) {
  const state = { cut: false, losing: undefined as string | undefined, lost: 0, seen: [] as string[] };
  const server = createServer((near, answer) => {
    if (state.cut) {
      near.destroy();
      return;
    }
    const path = near.url ?? '';
    state.seen.push(`${near.method} ${path}`);
    const far = request(new URL(path, target), { method: near.method, headers: near.headers }, (response) => {
      if (state.losing === path) {
        state.losing = undefined;
        state.lost += 1;
        // It was done, and nobody hears.
        response.resume().once('end', () => answer.destroy());
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    far.once('error', () => answer.destroy());
    answer.once('close', () => far.destroy());
    near.pipe(far);
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    ...{ url: `http://localhost:${port}`, state },
    cut(): void {
      state.cut = true;
      server.closeAllConnections();
    },
    mend(): void {
      state.cut = false;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type LosingLine = Awaited<ReturnType<typeof openLosingLine>>;
