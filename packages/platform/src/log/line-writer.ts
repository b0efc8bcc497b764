const FLUSH_AFTER_MS = 20;
const FLUSH_AT_CHARACTERS = 16_384;

/**
 * Writes log lines in pieces of at most 20 ms, because a system call for each line costs more than making the line.
 * Lines of the last moment are lost when the process is killed; what must not be lost is in the database.
 */
export function createLineWriter(stream: { write(text: string): unknown }): (line: string) => void {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (pending === '') return;
    const text = pending;
    pending = '';
    stream.write(text);
  };
  process.once('exit', flush);
  return (line) => {
    pending += `${line}\n`;
    if (pending.length >= FLUSH_AT_CHARACTERS) flush();
    else timer ??= setTimeout(flush, FLUSH_AFTER_MS).unref();
  };
}
