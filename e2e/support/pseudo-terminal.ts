import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PseudoTerminal {
  /** What the agent opens as its scanner. */
  device: string;
  /** Sends a line as a scanner does. */
  scan(text: string): void;
  close(): void;
}

/** A pair of pseudo-terminals: what is written into one end arrives at the other as from a serial scanner. */
export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-pty-'));
  const ends = [join(folder, 'scanner'), join(folder, 'device')];
  const child: ChildProcess = spawn(
    'socat',
    ends.map((path) => `pty,raw,echo=0,link=${path}`),
    { stdio: 'ignore' },
  );
  while (!ends.every((path) => existsSync(path))) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    device: ends[1] ?? '',
    scan: (text) => writeFileSync(ends[0] ?? '', `${text}\r\n`),
    close() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
