/** What campus takes as a file, said before somebody waits for its upload: campus looks at the bytes themselves. */
export const FILE_TYPES = ['image/jpeg', 'image/png', 'application/pdf'];
/** In one incident, and so in one note. */
export const FILES_AT_MOST = 20;
const MAX_BYTES = 5 * 1024 * 1024;

export interface FileFault {
  readonly text: 'incident-file-kind' | 'incident-file-size';
  readonly values: { readonly name: string; readonly mb: string };
}

export function fileFault({ name, type, size }: Pick<File, 'name' | 'type' | 'size'>): FileFault | undefined {
  // Some systems do not know the kind; then campus says it.
  const isKind = type === '' || FILE_TYPES.includes(type);
  if (isKind && size <= MAX_BYTES) return undefined;
  const values = { name, mb: (size / 1024 / 1024).toFixed(1) };
  return { text: isKind ? 'incident-file-size' : 'incident-file-kind', values };
}
