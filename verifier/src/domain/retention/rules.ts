import type { RetentionRule } from '@lanyard/platform';

/** Of the audit's text. */
export const AUDIT_KEEPING = { by: 'erasure', days: 1_095 } as const;
const kept = { by: 'kept', zh: '随系统', en: 'as long as the installation' } as const;
const minutes = { by: 'store', zh: '到期即删', en: 'deleted when it ends' } as const;
const store = (zh: string, en: string) => ({ by: 'store', zh, en }) as const;

/** Every table of the verifier. It knows rows, entries and subjects; nobody's name or number is in any of them. */
export const VERIFIER_RETENTION: readonly RetentionRule[] = [
  rule('passage', '闸机通行：时间、地点、结果、行号', 'passages: time, place, verdict, row number', 'pseudonym', {
    ...{ by: 'days', column: 'received_at', days: 7 },
  }),
  rule(
    'verification_trace',
    '窗口核验 7 天、在线出示 180 天：结果与字段名',
    'desk checks 7 days, presentations 180: verdict and names of claims',
    'pseudonym',
    {
      ...{ by: 'until', column: 'kept_until' },
    },
  ),
  rule(
    'presentation_evidence',
    '按用途留存的出示（密封）',
    'presentations that their purpose keeps, sealed',
    'student',
    {
      ...{ by: 'until', column: 'kept_until' },
    },
  ),
  rule(
    'presentation_request',
    '出示请求；声明读后即删',
    'requests; claims gone once read',
    'student',
    store('1 天', '1 day'),
  ),
  rule(
    'partner_check',
    '给合作方的答复：成对假名',
    'answers to partners, under pairwise subjects',
    'pseudonym',
    store('400 天，有未结清的优惠时更久', '400 days, longer while a use refers to it'),
  ),
  rule(
    'partner_event',
    '给合作方的通知：只有核验或占用的编号',
    'events for partners: ids of checks and uses only',
    'pseudonym',
    store('送达后 30 天', '30 days'),
  ),
  rule(
    'partner_check_request',
    '等学生在钱包里同意的核验',
    'checks that wait for the wallet',
    'none',
    store('7 天', '7 days'),
  ),
  rule('partner_passenger_miss', '乘客核对次数', 'comparisons of passengers', 'pseudonym', store('1 天', '1 day')),
  rule('partner_follow_up', '约定的后续核验', 'checks followed up', 'none', { by: 'cascade', table: 'partner_check' }),
  rule(
    'partner_certificate',
    '合作方证书',
    'certificates of partners',
    'none',
    store('到期后 90 天', '90 days after they end'),
  ),
  rule('partner_request', '合作方的重复请求', 'repeats of partners', 'pseudonym', store('2 天', '2 days')),
  rule('entitlement_account', '优惠次数', 'uses of a discount', 'pseudonym', kept),
  rule('entitlement_use', '优惠的每次使用', 'each use', 'pseudonym', kept),
  rule('entitlement_entry', '优惠账目', 'the ledger', 'pseudonym', kept),
  rule('replay', '防重放（摘要）', 'replay memory (digests)', 'pseudonym', store('几分钟', 'minutes')),
  rule('code_use', '同区防重用（摘要）', 'uses of codes in a zone (digests)', 'pseudonym', store('7 天', '7 days')),
  rule('double_use', '一码两用的发现', 'double uses that were found', 'none', store('7 天', '7 days')),
  rule('window_arrival', '到窗口的人（行号）', 'arrivals at windows (rows)', 'pseudonym', store('1 小时', '1 hour')),
  rule('gate_order', '闸机指令', 'orders to gates', 'pseudonym', store('1 小时', '1 hour')),
  rule('guard_release', '门岗放行', 'releases by guards', 'staff', store('30 天', '30 days')),
  rule('emergency_mode', '应急模式', 'emergency modes', 'staff', store('30 天', '30 days')),
  rule('staff_link', '工作页链接（摘要）', 'links to the staff page (digests)', 'staff', minutes),
  rule('staff_session', '工作人员登录', 'sessions of staff', 'staff', minutes),
  rule('staff_sign_in', '进行中的登录', 'sign-ins under way', 'staff', minutes),
  rule('staff_logout', '登出令牌（摘要）', 'logout tokens (digests)', 'staff', minutes),
  rule('people_part', '离线名单（密封）', 'people parts, sealed', 'pseudonym', store('最近的', 'the newest')),
  rule('audit', '审计', 'the audit', 'pseudonym', AUDIT_KEEPING),
  rule('audit_link', '审计链（摘要）', 'the chain, digests', 'none', kept),
  rule('audit_head', '审计链头', 'signed heads', 'none', kept),
  rule('idempotency_key', '重复请求的答复', 'answers to repeats', 'pseudonym', store('1 天', '1 day')),
  rule('door_tap', '门牌碰触', 'taps of door tags', 'none', { by: 'cascade', table: 'presentation_request' }),
  rule('partner_assertion', '合作方断言（摘要）', 'assertions of partners (digests)', 'none', minutes),
  rule('partner_token', '合作方令牌（摘要）', 'tokens of partners (digests)', 'none', minutes),
  rule('partner_quota', '合作方每日次数', 'checks a day', 'none', store('35 天', '35 days')),
  rule('enrolment_code', '设备登记码（摘要）', 'enrolment codes (digests)', 'none', store('1 天', '1 day')),
  rule(
    'agent_certificate',
    '设备证书',
    'certificates of agents',
    'none',
    store('到期后 90 天', '90 days after they end'),
  ),
  rule('agent_health_change', '设备状态变化', 'changes of health', 'none', store('30 天', '30 days')),
  rule('agent_settings', '设备设置', 'settings of agents', 'staff', store('旧的 365 天', 'former ones 365 days')),
  rule('checkpoint_part', '核验点数据包', 'checkpoint parts', 'none', store('10 天', '10 days')),
  ...[
    ['agent', '设备', 'agents'],
    ['agent_report', '设备报告', 'reports of agents'],
    ['caller', '调用方公钥', 'keys of callers'],
    ['checkpoint', '核验点', 'checkpoints'],
    ['door_tag', '门牌', 'door tags'],
    ['foreign_pass_list', '外校名单', 'pass lists of other universities'],
    ['foreign_university', '外校', 'other universities'],
    ['migration', '数据库版本', 'migrations'],
    ['mirror', '签发方镜像', 'the mirror of the issuer'],
    ['partner', '合作方', 'partners'],
    ['partner_callback', '合作方回调', 'callbacks of partners'],
    ['pass_list', '凭条名单', 'pass lists'],
    ['request_certificate', '请求证书', 'certificates of requests'],
    ['signer', '签名公钥', 'signers'],
    ['trust_list', '信任名单', 'the trust list'],
    ['verdict_count', '每日计数', 'counts by day'],
  ].map(([table = '', zh = '', en = '']) => rule(table, zh, en, 'none', kept)),
];

function rule(
  table: string,
  zh: string,
  en: string,
  person: RetentionRule['person'],
  keeping: RetentionRule['keeping'],
): RetentionRule {
  return { table, zh, en, person, keeping };
}
