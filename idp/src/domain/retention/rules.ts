import { KEEPING, type RetentionRule, retentionRule as rule } from '@lanyard/platform';

const { installation: kept, untilItEnds: minutes, person, byStore: store } = KEEPING;

/** A student's account, from the day it was closed. */
export const CLOSED_ACCOUNT_DAYS = 1_095;

const OF_ACCOUNT = 'account_id = ?';

/** Every table of the identity layer, in the order in which an account's rows can go. */
export const IDP_RETENTION: readonly RetentionRule[] = [
  rule(
    'disclosure',
    '告诉过哪个服务：字段名',
    'services that were told: names of claims',
    'student',
    { by: 'days', column: 'last_at', days: 180 },
    OF_ACCOUNT,
  ),
  rule('consent', '同意', 'consents', 'student', person, OF_ACCOUNT),
  rule('sign_in_session', '登录', 'sessions', 'student', store('结束后 30 天', '30 days after they end'), OF_ACCOUNT),
  rule('passkey', '通行密钥（公钥）', 'passkeys (public keys)', 'student', person, OF_ACCOUNT),
  rule('passkey_handle', '通行密钥用户柄', 'handles of passkeys', 'student', person, OF_ACCOUNT),
  rule('ceremony_challenge', '通行密钥挑战（摘要）', 'challenges (digests)', 'student', minutes, OF_ACCOUNT),
  rule('password', '密码（argon2id）', 'passwords (argon2id)', 'student', person, OF_ACCOUNT),
  rule(
    'known_browser',
    '用过的浏览器（摘要）',
    'known browsers (digests)',
    'student',
    store('最近 20 个', 'the newest 20'),
    OF_ACCOUNT,
  ),
  rule('recovery_code', '恢复码（摘要）', 'recovery codes (digests)', 'student', person, OF_ACCOUNT),
  rule(
    'recovery_case',
    '窗口恢复',
    'recoveries by staff',
    'student',
    { by: 'days', column: 'opened_at', days: 1_095 },
    OF_ACCOUNT,
  ),
  rule('enrolment_pass', '新登录方式许可', 'permits for a new way in', 'student', minutes, OF_ACCOUNT),
  rule('claim_code', '领取码（摘要）', 'claim codes (digests)', 'student', person, OF_ACCOUNT),
  rule('issuance_subject', '签发用假名', 'subjects for the issuer', 'pseudonym', person, OF_ACCOUNT),
  rule('upstream_request', '进行中的上游登录', 'sign-ins upstream', 'pseudonym', minutes, OF_ACCOUNT),
  rule(
    'wallet_sign_in',
    '进行中的学生证登录',
    'sign-ins by student ID',
    'pseudonym',
    store('1 小时', '1 hour'),
    OF_ACCOUNT,
  ),
  rule('account_role', '角色', 'roles', 'staff', person, OF_ACCOUNT),
  rule('account', '账号', 'accounts', 'student', person, "id = ? AND kind = 'student'"),
  rule('audit', '审计', 'the audit', 'student', KEEPING.audit),
  rule('audit_link', '审计链（摘要）', 'the chain, digests', 'none', kept),
  rule('audit_head', '审计链头', 'signed heads', 'none', kept),
  rule('cas_granting_ticket', 'CAS 代理票据（摘要）', 'proxy-granting tickets (digests)', 'pseudonym', minutes),
  rule('cas_ticket', 'CAS 票据（摘要）', 'tickets (digests)', 'pseudonym', store('随会话', 'with the session')),
  rule('facade_request', '进行中的登录请求', 'requests under way', 'pseudonym', minutes),
  rule('idempotency_key', '重复请求的答复', 'answers to repeats', 'student', store('1 天', '1 day')),
  rule('logout_delivery', '登出通知', 'calls of logout', 'pseudonym', store('7 天', '7 days')),
  rule('oauth2_access_token', 'OAuth 2.0 令牌（摘要）', 'tokens (digests)', 'pseudonym', minutes),
  rule('oauth2_code', 'OAuth 2.0 授权码（摘要）', 'codes (digests)', 'pseudonym', minutes),
  rule(
    'provider_document',
    'OpenID 会话、授权、令牌（摘要为键）',
    'sessions, grants, tokens, keyed by digests',
    'pseudonym',
    minutes,
  ),
  rule('throttle', '防猜测计数（摘要）', 'counters against guessing (digests)', 'pseudonym', store('1 天', '1 day')),
  rule('account_feed_progress', '名册跟踪位置', 'place in the register’s feed', 'none', kept),
  rule('caller', '调用方公钥', 'keys of callers', 'none', kept),
  rule('migration', '数据库版本', 'migrations', 'none', kept),
  rule('relying_party', '接入的服务', 'relying parties', 'none', kept),
  rule('signer', '签名公钥', 'signers', 'none', kept),
];
