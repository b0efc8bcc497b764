import { Refusal } from '@lanyard/platform';
import { parse } from 'csv-parse/sync';
import iconv from 'iconv-lite';
import { ROLES, type Role, SCOPE_KINDS, type ScopedRole, type ScopeKind } from './account.js';

export interface StaffMember {
  number: string;
  name: string;
  roles: ScopedRole[];
}

export type StaffFindingCode =
  | 'staff-number-invalid'
  | 'staff-name-missing'
  | 'staff-role-unknown'
  | 'staff-scope-invalid'
  | 'staff-name-differs';

export interface StaffFinding {
  line: number;
  code: StaffFindingCode;
}

const COLUMNS = { number: '工号', name: '姓名', role: '角色', scope: '范围' };
const MAX_ROWS = 20_000;

/**
 * Reads a staff roster (UTF-8 or GB 18030): one row per role of a person. Good rows are kept, bad ones listed with
 * their line (the header is line 1).
 * @throws Refusal `staff-roster-malformed` where it is no such file at all
 */
export function parseStaffRoster(bytes: Uint8Array): { staff: StaffMember[]; findings: StaffFinding[]; rows: number } {
  const records = readRecords(decode(bytes));
  const staff = new Map<string, StaffMember>();
  const findings: StaffFinding[] = [];
  records.forEach((record, index) => {
    const line = index + 2;
    const number = (record[COLUMNS.number] ?? '').trim();
    const name = (record[COLUMNS.name] ?? '').normalize('NFC').trim();
    const role = roleOf((record[COLUMNS.role] ?? '').trim(), (record[COLUMNS.scope] ?? '').trim());
    const known = staff.get(number);
    if (!/^[A-Za-z0-9-]{1,32}$/.test(number)) findings.push({ line, code: 'staff-number-invalid' });
    else if (name === '') findings.push({ line, code: 'staff-name-missing' });
    else if (role === 'staff-role-unknown' || role === 'staff-scope-invalid') findings.push({ line, code: role });
    else if (known !== undefined && known.name !== name) findings.push({ line, code: 'staff-name-differs' });
    else if (known !== undefined) known.roles.push(role);
    else staff.set(number, { number, name, roles: [role] });
  });
  return { staff: [...staff.values()], findings, rows: records.length };
}

function roleOf(roleText: string, scopeText: string): ScopedRole | 'staff-role-unknown' | 'staff-scope-invalid' {
  const role = ROLES.find((one): one is Role => one === roleText);
  if (role === undefined) return 'staff-role-unknown';
  const [kind, value = ''] = splitOnce(scopeText);
  const scopeKind = SCOPE_KINDS.find((one): one is ScopeKind => one === kind);
  const whole = scopeKind === 'university' || scopeKind === 'assigned';
  if (scopeKind === undefined || whole !== (value === '') || value.length > 100) return 'staff-scope-invalid';
  return { role, scopeKind, scopeValue: value };
}

function splitOnce(text: string): [string, string?] {
  const at = text.indexOf(':');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return iconv.decode(Buffer.from(bytes), 'gb18030');
  }
}

function readRecords(text: string): Record<string, string>[] {
  let records: Record<string, string>[];
  try {
    records = parse(text, {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      relax_column_count: true,
      to: MAX_ROWS + 1,
    });
  } catch (cause) {
    throw new Refusal('staff-roster-malformed', { cause });
  }
  const first = records[0];
  if (first === undefined || records.length > MAX_ROWS || !Object.values(COLUMNS).every((column) => column in first))
    throw new Refusal('staff-roster-malformed');
  return records;
}
