import { ArchiveError, type ArchiveLimits, inflateEntry, readArchive } from '../archive/read-archive.js';
import { WorkbookError, type WorkbookErrorCode } from './workbook-error.js';

/** What is read of a workbook, checked; the other sheets are left out. */
export interface OpenWorkbook {
  readonly parts: ReadonlyMap<string, Buffer>;
  /** Place of the chosen sheet, the first is 1; its name; how many there are. */
  readonly sheet: { readonly place: number; readonly name: string; readonly of: number };
}

export const WORKBOOK_LIMITS: ArchiveLimits = {
  maxEntries: 2000,
  maxEntryBytes: 384 * 1024 * 1024,
  maxTotalBytes: 512 * 1024 * 1024,
};

const WANTED =
  /^(?:\[Content_Types\]\.xml|_rels\/\.rels|xl\/(?:workbook|styles|sharedStrings)\.xml|xl\/_rels\/workbook\.xml\.rels)$/;
const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const ENCRYPTED_PACKAGE = Buffer.from('EncryptedPackage', 'utf16le');

/** Whether a file begins as a workbook of any kind does. */
export const looksLikeWorkbook = (head: Uint8Array): boolean =>
  (head[0] === 0x50 && head[1] === 0x4b) || OLE.equals(head.subarray(0, 8));

/**
 * Takes apart an .xlsx file (ECMA-376) without trusting it: the archive first, then each part that is needed. Reads the
 * first visible sheet.
 * @throws {WorkbookError}
 */
export function openWorkbook(bytes: Buffer, limits: ArchiveLimits = WORKBOOK_LIMITS): OpenWorkbook {
  if (OLE.equals(bytes.subarray(0, 8)))
    throw new WorkbookError(bytes.includes(ENCRYPTED_PACKAGE) ? 'workbook-encrypted' : 'workbook-old-format');
  try {
    return takeApart(bytes, limits);
  } catch (error) {
    if (error instanceof ArchiveError) throw new WorkbookError(ARCHIVE_CODES[error.code]);
    throw error;
  }
}

const ARCHIVE_CODES = {
  'archive-unreadable': 'workbook-unreadable',
  'archive-encrypted': 'workbook-encrypted',
  'archive-too-large': 'workbook-too-large',
  'archive-lies': 'workbook-unsafe',
} as const satisfies Record<ArchiveError['code'], WorkbookErrorCode>;

function takeApart(bytes: Buffer, limits: ArchiveLimits): OpenWorkbook {
  const entries = new Map(readArchive(bytes, limits).map((entry) => [entry.name, entry]));
  if ([...entries.keys()].some((name) => /vbaProject\.bin$/i.test(name))) throw new WorkbookError('workbook-macros');
  const parts = new Map<string, Buffer>();
  const take = (name: string): string => {
    const entry = entries.get(name);
    if (entry === undefined) throw new WorkbookError('workbook-unreadable', [name]);
    const content = inflateEntry(bytes.subarray(entry.from, entry.to), entry);
    checkXml(content, name);
    parts.set(name, content);
    return content.toString('utf8');
  };
  const types = take('[Content_Types].xml');
  if (/macroEnabled/i.test(types)) throw new WorkbookError('workbook-macros');
  const workbook = take('xl/workbook.xml');
  const relations = take('xl/_rels/workbook.xml.rels');
  const sheets = tagsOf(workbook, 'sheet');
  const place = sheets.findIndex((tag) => (attribute(tag, 'state') ?? 'visible') === 'visible');
  const chosen = sheets[place];
  if (chosen === undefined) throw new WorkbookError('workbook-empty');
  const path = pathOf(tagsOf(relations, 'Relationship'), attribute(chosen, '(?:\\w+:)?id'));
  const merged = tagsOf(take(path), 'mergeCell').map((tag) => attribute(tag, 'ref') ?? '');
  if (merged.length > 0) throw new WorkbookError('workbook-merged-cells', merged.slice(0, 8));
  for (const name of entries.keys()) if (WANTED.test(name) && !parts.has(name)) take(name);
  return { parts, sheet: { place: place + 1, name: unescapeXml(attribute(chosen, 'name') ?? ''), of: sheets.length } };
}

function pathOf(relationships: readonly string[], id: string | undefined): string {
  const target = relationships.find((tag) => attribute(tag, 'Id') === id);
  const path = target === undefined ? undefined : attribute(target, 'Target');
  if (id === undefined || path === undefined || attribute(target ?? '', 'TargetMode') === 'External')
    throw new WorkbookError('workbook-unreadable');
  return path.startsWith('/') ? path.slice(1) : `xl/${path}`;
}

/** Entities and other encodings are what makes XML dangerous to read; no spreadsheet program writes them. */
function checkXml(content: Buffer, name: string): void {
  const head = content.subarray(0, 200).toString('latin1');
  const encoding = /^(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)/.exec(head)?.[1];
  if (
    content.includes(0) ||
    content.includes('<!DOCTYPE') ||
    content.includes('<!ENTITY') ||
    (encoding !== undefined && !/^(?:utf-8|us-ascii)$/i.test(encoding))
  )
    throw new WorkbookError('workbook-unsafe', [name]);
}

const tagsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<(?:\\w+:)?${name}\\s[^>]*>`, 'g'))].map(([tag]) => tag);
const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`)
    .exec(tag)
    ?.slice(1)
    .find((value) => value !== undefined);

const XML_NAMES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescapeXml = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (whole, name: string) => XML_NAMES[name] ?? whole);
