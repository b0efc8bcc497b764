import { KEEPING, type RetentionRule, retentionRule as rule } from '@lanyard/platform';

const kept = KEEPING.installation;

/** What each table of campus holds of people, and until when. */
export const CAMPUS_RETENTION: readonly RetentionRule[] = [
  rule('service_case', '办件（内容加密）', 'cases, sealed', 'student', { by: 'until', column: 'keep_until' }),
  rule('case_event', '办件过程（加密，只增）', 'what happened to cases, sealed', 'student', {
    by: 'cascade',
    table: 'service_case',
  }),
  rule('case_task', '待办', 'tasks', 'staff', { by: 'cascade', table: 'service_case' }),
  rule('case_effect', '办件在学籍上要办的事（加密）', 'what cases ask of the register, sealed', 'student', {
    by: 'cascade',
    table: 'service_case',
  }),
  rule('source_check', '来源系统的核对', 'checks by source systems', 'student', {
    by: 'cascade',
    table: 'service_case',
  }),
  rule('case_reader', '谁能看到办件', 'who may read a case', 'staff', { by: 'cascade', table: 'service_case' }),
  rule('step_run', '环节用时', 'how long steps took', 'student', { by: 'cascade', table: 'service_case' }),
  rule('comment_template', '常用意见', 'templates of comments', 'staff', {
    by: 'days',
    column: 'changed_at',
    days: 1_095,
  }),
  rule('place', '名额', 'places and waiting lists', 'student', { by: 'cascade', table: 'service_case' }),
  rule('occasion', '名额数', 'numbers of places', 'none', kept),
  rule(
    'attachment',
    '附件（加密；交出后随办件）',
    'files of forms and logs, sealed; with their case once handed in',
    'student',
    {
      ...{ by: 'days', column: 'made_at', days: 7 },
      where: 'case_id IS NULL',
    },
  ),
  rule('activity', '活动', 'activities', 'none', kept),
  rule('attendance', '签到签退', 'who came and went, when', 'student', { by: 'cascade', table: 'service_case' }),
  rule('service_window', '服务窗口', 'service windows', 'none', kept),
  rule('window_visit', '窗口办理（姓名加密）', 'visits at windows, names sealed', 'student', {
    by: 'days',
    column: 'ends_at',
    days: 30,
  }),
  rule(
    'window_request',
    '窗口代写、待确认（加密，当日）',
    'what windows wrote and students confirm, sealed, of the day',
    'student',
    { by: 'until', column: 'keep_until' },
  ),
  rule('window_day', '窗口当日号数', 'how many tickets a window gave', 'none', { by: 'days', column: 'day', days: 30 }),
  rule('window_ticket', '排队的号', 'tickets before windows', 'student', { by: 'days', column: 'taken_at', days: 1 }),
  rule('case_rating', '评价（文字加密）', 'ratings, their words sealed', 'student', {
    by: 'cascade',
    table: 'service_case',
  }),
  rule('case_talk', '拾到者和失主的留言', 'talks between finder and owner', 'student', {
    by: 'cascade',
    table: 'service_case',
  }),
  rule('talk_message', '留言内容（加密）', 'what was written in talks, sealed', 'student', {
    by: 'cascade',
    table: 'case_talk',
  }),
  rule('talk_day', '当日留言条数', 'how many messages somebody wrote on a day', 'student', {
    by: 'days',
    column: 'day',
    days: 1,
  }),
  rule('notice', '站内通知', 'notices', 'student', { by: 'cascade', table: 'service_case' }),
  rule('notice_settings', '通知设置', 'how somebody wants to hear of his cases', 'student', {
    by: 'days',
    column: 'changed_at',
    days: 1_825,
  }),
  rule('notice_address', '通知地址（加密）', 'addresses of notices, sealed', 'student', {
    by: 'days',
    column: 'made_at',
    days: 1_825,
  }),
  rule('mail_confirmation', '待确认的邮箱（加密）', 'mail addresses to be confirmed, sealed', 'student', {
    by: 'days',
    column: 'asked_at',
    days: 1,
  }),
  rule(
    'mail_address_day',
    '当日发往一个邮箱的确认码次数（摘要）',
    'codes mailed to an address on a day, its digest',
    'pseudonym',
    {
      by: 'days',
      column: 'day',
      days: 1,
    },
  ),
  rule('notice_delivery', '通知的投递', 'deliveries of notices', 'student', { by: 'days', column: 'at', days: 30 }),
  rule('duty_holder', '生命安全值班能找到谁', 'who can be reached for a duty', 'staff', {
    by: 'days',
    column: 'seen_at',
    days: 14,
  }),
  rule('messenger', '校园消息接收端', 'the receiver of the campus messenger', 'none', kept),
  rule('draft', '草稿（加密）', 'drafts, sealed', 'student', { by: 'days', column: 'updated_at', days: 90 }),
  rule('module_session', '模块会话', 'sessions at the modules', 'student', {
    by: 'days',
    column: 'expires_at',
    days: 1,
  }),
  rule('module_sign_in', '登录中', 'sign-ins under way', 'none', { by: 'days', column: 'expires_at', days: 1 }),
  rule('module_logout', '已收的退出令牌', 'logout tokens taken', 'pseudonym', {
    by: 'days',
    column: 'until_at',
    days: 1,
  }),
  rule('module_elsewhere', '外部系统承办的模块', 'modules that other systems run', 'none', kept),
  rule('published_answer', '公布的答复（不含提问人）', 'published answers, without who asked', 'none', kept),
  rule('topic_week', '已统计的周', 'weeks counted', 'none', kept),
  rule('topic_count', '话题计数（无人）', 'topic counts, nobody in them', 'none', kept),
  rule('trend_query', '话题查询记录', 'questions asked of topic counts', 'pseudonym', {
    by: 'days',
    column: 'at',
    days: 1_095,
  }),
  rule('survey', '问卷', 'surveys', 'none', { by: 'days', column: 'closes_at', days: 1_095 }),
  rule('survey_participation', '谁答过问卷', 'who has answered surveys', 'student', { by: 'cascade', table: 'survey' }),
  rule(
    'survey_answer',
    '问卷答案（加密；匿名问卷不含人）',
    'answers, sealed; of anonymous surveys without a person',
    'student',
    {
      by: 'cascade',
      table: 'survey',
    },
  ),
  rule('delegation', '委托代办', 'delegations', 'staff', { by: 'days', column: 'until_at', days: 1_095 }),
  rule('service_definition', '事项定义', 'services as data', 'none', kept),
  rule('audit', '审计', 'the audit', 'pseudonym', KEEPING.audit),
  rule('audit_link', '审计链（摘要）', 'the chain, digests', 'none', kept),
  rule('audit_head', '审计链头', 'signed heads', 'none', kept),
  rule('caller', '调用方公钥', 'keys of callers', 'none', kept),
  rule('idempotency_key', '重复请求的答复', 'answers to repeats', 'student', {
    by: 'days',
    column: 'created_at',
    days: 1,
  }),
  rule('signer', '签名公钥', 'signers', 'none', kept),
  rule('migration', '数据库版本', 'migrations', 'none', kept),
];
