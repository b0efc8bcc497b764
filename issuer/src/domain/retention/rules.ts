import { KEEPING, type RetentionRule, retentionRule as rule } from '@lanyard/platform';

const { installation: kept, untilItEnds: minutes, person } = KEEPING;

/** Years in days: three for those who left without a degree, ten for alumni, whose ID goes on. */
export const PERSON_KEPT_DAYS = {
  'transferred-out': 1_095,
  withdrawn: 1_095,
  expelled: 1_095,
  deceased: 1_095,
  graduated: 3_650,
  completed: 3_650,
  attended: 3_650,
} as const;

/** A student may ask for the reason of a rejection for that long. */
export const PORTRAIT_UNUSED_DAYS = 30;
const NOBODYS_PORTRAIT = `NOT EXISTS (SELECT FROM student s WHERE s.portrait_id = portrait.id)
  AND NOT EXISTS (SELECT FROM student s WHERE s.pending_portrait_id = portrait.id)`;
const OF_STUDENT = 'student_id = ?';
const OF_WALLET = 'wallet_id IN (SELECT id FROM wallet WHERE student_id = ?)';
const days = (column: string, count: number, where?: string) =>
  ({ by: 'days', column, days: count, ...(where === undefined ? {} : { where }) }) as const;

/** Every table of the issuer. The order is that in which a person's rows can go: who refers comes before what is referred to. */
export const ISSUER_RETENTION: readonly RetentionRule[] = [
  rule('access_token', '钱包的访问令牌（摘要）', 'access tokens of wallets (digests)', 'pseudonym', minutes, OF_WALLET),
  rule(
    'refresh_token',
    '钱包的刷新令牌（摘要）',
    'refresh tokens of wallets (digests)',
    'pseudonym',
    { by: 'store', zh: '90 天', en: '90 days' },
    OF_WALLET,
  ),
  rule('deferred_issuance', '等照片审核的签发', 'issuance that waits for a portrait', 'student', minutes, OF_STUDENT),
  rule('paper_pass', '纸质凭条', 'paper passes', 'student', person, OF_STUDENT),
  rule(
    'credential',
    '签发的证件：状态号与公钥',
    'copies issued: status entries and public keys',
    'student',
    person,
    OF_STUDENT,
  ),
  rule('case_document', '办件出具的文件（加密）', 'documents issued by cases, sealed', 'student', person, OF_STUDENT),
  rule('case_act', '办件在学籍上做了什么', 'what cases had the register do', 'student', person, OF_STUDENT),
  rule('issuance', '签发批次', 'batches of copies', 'student', person, OF_STUDENT),
  rule('gate_key', '闸机密钥', 'gate keys', 'student', person, OF_STUDENT),
  rule('wallet', '领过证的钱包', 'wallets', 'student', person, OF_STUDENT),
  rule('partner_subject', '合作方内代号', 'subjects at partners', 'pseudonym', person, OF_STUDENT),
  rule('credential_offer', '领取邀请', 'offers', 'student', days('expires_at', 90), OF_STUDENT),
  rule('person_look', '谁查看过页面', 'looks of staff', 'student', days('at', 30), OF_STUDENT),
  rule('nod', '窗口的询问', 'questions of windows', 'student', days('asked_at', 30), OF_STUDENT),
  rule(
    'notice',
    '发给本人的消息，文字发出即删',
    'messages, their text gone once sent',
    'student',
    { by: 'store', zh: '30 天', en: '30 days' },
    OF_STUDENT,
  ),
  rule(
    'account_change',
    '给身份层的变更',
    'changes for the identity layer',
    'student',
    { by: 'store', zh: '只留最新', en: 'the newest alone' },
    OF_STUDENT,
  ),
  rule('data_export', '导出记录', 'copies taken', 'student', days('at', 1_095), OF_STUDENT),
  rule('correction_request', '更正申请', 'corrections asked for', 'student', days('decided_at', 1_095), OF_STUDENT),
  rule(
    'opened_person',
    '通行记录启封涉及的人',
    'people in opened passages',
    'student',
    { by: 'cascade', table: 'passage_opening' },
    OF_STUDENT,
  ),
  rule('passage_opening_approval', '启封的批准', 'approvals of openings', 'staff', {
    by: 'cascade',
    table: 'passage_opening',
  }),
  rule(
    'passage_opening',
    '通行记录启封申请',
    'requests to open passages',
    'student',
    days('created_at', 1_095),
    OF_STUDENT,
  ),
  rule(
    'bulk_run_row',
    '批量办理的行',
    'rows of bulk runs',
    'student',
    { by: 'cascade', table: 'bulk_run' },
    OF_STUDENT,
  ),
  rule(
    'roster_import_change',
    '导入对每位学生做了什么（撤销用，证件号和联系方式加密）',
    'what an import did to each student, for its undo; sealed fields stay sealed',
    'student',
    { by: 'store', zh: '90 天', en: '90 days' },
    OF_STUDENT,
  ),
  rule('portrait_submission', '照片审核', 'portraits handed in and decided', 'student', person, OF_STUDENT),
  rule('student_search', '检索词', 'terms of the search', 'student', person, OF_STUDENT),
  rule('semester_fact', '学期注册条件', 'facts of semester registration', 'student', person, OF_STUDENT),
  rule('status_change', '学籍变更', 'changes of status', 'student', person, OF_STUDENT),
  rule('student_life', '学籍起点', 'first status', 'student', person, OF_STUDENT),
  rule('card', '校园卡', 'campus cards', 'student', person, OF_STUDENT),
  rule('holder', '停用状态与行号', 'holds and row numbers', 'student', person, OF_STUDENT),
  rule('student', '学籍登记', 'the register', 'student', person, 'id = ?'),
  rule(
    'portrait',
    '照片（加密）；在用的随本人，未通过或已换下的',
    'portraits, encrypted; in use until the person is erased, rejected or replaced ones',
    'student',
    days('unused_since', PORTRAIT_UNUSED_DAYS, NOBODYS_PORTRAIT),
  ),
  rule('person_erasure', '删除证明，不含姓名学号', 'proofs of erasure, naming nobody', 'pseudonym', kept),
  rule('roster_import', '名册导入报告', 'reports of roster imports', 'student', {
    by: 'kept',
    zh: '随系统；不含证件号和联系方式',
    en: 'as long as the installation; no identity numbers, no contacts',
  }),
  rule('roster_import_row', '待批准的名册行（加密）', 'rows that wait for a second person, sealed', 'student', {
    by: 'store',
    zh: '批准或否决时',
    en: 'until decided',
  }),
  rule('portrait_upload', '等待处理的批量照片（加密）', 'pictures of a batch that wait, sealed', 'student', {
    by: 'store',
    zh: '处理后即删',
    en: 'until their turn',
  }),
  rule('approval_rule', '双人复核规则', 'the rule of the second person', 'none', kept),
  rule('approval_rule_change', '双人复核规则的变更', 'changes of the rule of the second person', 'staff', kept),
  rule('bulk_run', '批量办理', 'bulk runs', 'staff', kept),
  rule('audit', '审计', 'the audit', 'student', KEEPING.audit),
  rule('audit_link', '审计链（摘要）', 'the chain, digests', 'none', kept),
  rule('audit_head', '审计链头', 'signed heads', 'none', kept),
  rule('card_tap', '刷卡结果（重答用）', 'answers to taps, for repeats', 'pseudonym', {
    by: 'store',
    zh: '8 天',
    en: '8 days',
  }),
  rule('card_batch', '卡批次', 'batches of cards', 'none', kept),
  rule('card_personalisation', '写卡', 'personalisations', 'none', { by: 'store', zh: '结束后', en: 'when they end' }),
  rule('card_personalisation_step', '写卡步骤', 'steps of personalisations', 'none', {
    by: 'cascade',
    table: 'card_personalisation',
  }),
  rule('caller', '调用方公钥', 'keys of callers', 'none', kept),
  rule('source_progress', '来源系统推送到哪里', 'how far each source has come', 'none', kept),
  rule(
    'source_leftover',
    '来源系统说到、名册里没有的学号',
    'numbers a source spoke of that the register does not have',
    'student',
    days('said_at', 90),
  ),
  rule('building_class', '楼宇的门禁类别', 'policy classes of buildings', 'none', kept),
  rule('certificate', '读卡方证书', 'certificates of readers', 'none', kept),
  rule(
    'people_mark',
    '待更新的离线名单行',
    'rows of the people table to look at again',
    'student',
    { by: 'store', zh: '下次发布时', en: 'until the next publication' },
    OF_STUDENT,
  ),
  rule('change', '变更提示', 'hints of changes', 'none', { by: 'store', zh: '30 天', en: '30 days' }),
  rule('idempotency_key', '重复请求的答复', 'answers to repeats', 'student', { by: 'store', zh: '1 天', en: '1 day' }),
  rule('partner_seen', '问过的合作方', 'partners that asked', 'none', kept),
  rule('pass_list_state', '凭条名单状态', 'states of pass lists', 'none', { by: 'store', zh: '8 天', en: '8 days' }),
  rule('people_publication', '离线包发布', 'publications of the people part', 'none', kept),
  rule('proof_nonce', '一次性随机数（摘要）', 'nonces (digests)', 'none', minutes),
  rule('used_proof', '用过的证明（摘要）', 'used proofs (digests)', 'none', minutes),
  rule('revocation_list', '证书吊销列表', 'revocation lists', 'none', kept),
  rule('semester', '学期', 'semesters', 'none', kept),
  rule('signer', '签名公钥', 'signers', 'none', kept),
  rule('status_list', '状态列表', 'status lists', 'none', kept),
  rule('migration', '数据库版本', 'migrations', 'none', kept),
];
