import {
  type Authenticate,
  appendAudit,
  type Clock,
  createRoutes,
  type Database,
  dayInShanghai,
} from '@lanyard/platform';
import { z } from 'zod';
import type { PersonActor } from '../domain/cases/action.js';
import { type Sheet, writeTable } from '../domain/exports/workbook.js';
import { STANDINGS } from '../domain/statistics/summary.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import type { StaffCaseKey, StaffCaseStore } from '../storage/staff-case-store.js';
import { actingPerson } from './acting-person.js';
import { filterOf, loadInOrder, readerOf, staffLine, zStaffFilter } from './staff-case-routes.js';
import { periodOf, type StatisticsDeps, statisticsLines, zPeriod } from './statistics-routes.js';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const PAGE = 500;
const MAX_ROWS = 5_000;

const zExport = z.discriminatedUnion('what', [
  zStaffFilter.extend({ what: z.literal('cases') }).strict(),
  zPeriod.extend({ what: z.literal('statistics') }).strict(),
]);

interface ExportDeps extends StatisticsDeps {
  database: Database;
  authenticate: Authenticate;
  delegations: DelegationStore;
  cases: CaseStore;
  staffCases: StaffCaseStore;
  sealer: CaseSealer;
  clock: Clock;
}

/** Tables to take along: what this person sees, without services that are not for everybody, and audited. */
export function createExportRoutes(deps: ExportDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/exports',
      callers: ['service:admin'],
      body: zExport,
      summary: 'A workbook of the cases this person may read, or of the statistics',
    },
    async ({ body, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const nowMs = deps.clock.nowMs();
      const sheet =
        body.what === 'cases'
          ? await caseSheet(deps, viewer, body, nowMs)
          : await countSheet(deps, viewer, body, nowMs);
      const detail = { rows: sheet.rows.length, filters: Object.keys(body).filter((name) => name !== 'what') };
      const event = {
        actor: deps.sealer.auditName(viewer.person),
        action: `${body.what}.exported`,
        subject: 'export',
        detail,
      };
      await deps.database.transaction((transaction) => appendAudit(transaction, [event], nowMs));
      const name = `${body.what}-${dayInShanghai(nowMs)}.xlsx`;
      return {
        body: await writeTable(sheet),
        headers: {
          'Content-Type': XLSX,
          'Content-Disposition': `attachment; filename="${name}"`,
          'Cache-Control': 'no-store',
        },
      };
    },
  );
  return router;
}

const CASE_HEAD = ['办件', '事项', '学号', '姓名', '学院', '班级', '状态', '环节', '提交', '办结', '期限'];
const STATUS_WORDS: Readonly<Record<string, string>> = {
  open: '在办',
  returned: '退回申请人',
  granted: '已办成',
  refused: '未同意',
  withdrawn: '已撤回',
  voided: '已作废',
};

async function caseSheet(
  deps: ExportDeps,
  viewer: PersonActor,
  asked: z.output<typeof zStaffFilter>,
  nowMs: number,
): Promise<Sheet> {
  const rows: string[][] = [];
  const { from, to, service, module, status, college, class: className, student } = asked;
  const filter = filterOf({ from, to, service, module, status, college, class: className, student });
  for (let after: StaffCaseKey | undefined; rows.length < MAX_ROWS; ) {
    const options = { after, limit: PAGE, nowMs, withRestricted: false };
    const found = await deps.staffCases.page(readerOf(viewer), filter, options);
    for (const loaded of await loadInOrder(deps.cases, found, viewer)) {
      const line = staffLine(loaded, viewer);
      const who = line.applicant;
      rows.push([
        ...[line.id, line.service.title.zh, who?.student_number ?? '', who?.name ?? '', who?.college ?? ''],
        ...[who?.class ?? '', STATUS_WORDS[line.outcome ?? line.status] ?? line.status, line.step?.title.zh ?? ''],
        ...[line.started_at ?? '', line.closed_at ?? '', line.due_at ?? ''],
      ]);
    }
    after = found.at(-1);
    if (found.length < PAGE) break;
  }
  return { name: '办件', head: CASE_HEAD, rows: rows.slice(0, MAX_ROWS) };
}

async function countSheet(
  deps: ExportDeps,
  viewer: PersonActor,
  asked: z.output<typeof zPeriod>,
  nowMs: number,
): Promise<Sheet> {
  const period = periodOf(asked, nowMs);
  const lines = await statisticsLines(deps, viewer, period, { withRestricted: false });
  return {
    name: `${period.from} ${period.to}`,
    head: [
      '事项',
      '件数',
      ...STANDINGS.map((one) => STATUS_WORDS[one] ?? one),
      '中位用时（工作分钟）',
      '九成用时',
      '公布时限',
      '超出公布时限',
      '评价均分',
      '评价数',
    ],
    rows: lines.map((line) => [
      ...[line.service.title.zh, line.cases, ...STANDINGS.map((one) => line.by_standing[one])],
      ...[line.median_minutes, line.p90_minutes, line.published_minutes, line.is_over_published === true ? '是' : ''],
      ...[line.rating?.mean ?? null, line.rating?.ratings ?? null],
    ]),
  };
}
