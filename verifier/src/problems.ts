import type { ProblemTable } from '@lanyard/platform';

/** Every refusal of the verifier's own API: status, cause and next step in both languages. */
export const VERIFIER_PROBLEMS = {
  'document-unknown': {
    status: 404,
    zh: '本校没有出具过这样的文件。',
    en: 'This university issued no such document.',
  },
  'checkpoint-not-found': {
    status: 404,
    zh: '没有这个检查点。请核对名称。',
    en: 'There is no such checkpoint. Check its name.',
  },
  'checkpoint-policy-invalid': {
    status: 422,
    zh: '检查点的规则不符合格式，见 detail。',
    en: 'The policy does not fit its format, see detail.',
  },
  'partner-not-found': {
    status: 404,
    zh: '没有这个合作方。',
    en: 'There is no such partner.',
  },
  'partner-token-invalid': {
    status: 401,
    zh: '访问令牌缺失、无效或已过期。请用签名断言重新领取。',
    en: 'The access token is missing, unknown or over. Get a new one with a signed assertion.',
  },
  'partner-quota-used-up': {
    status: 429,
    zh: '今天的核验次数已用完，明天零点（北京时间）恢复。',
    en: 'All checks of today are used. They come back at midnight in Beijing.',
  },
  'purpose-not-agreed': {
    status: 403,
    zh: '没有约定这种用途。',
    en: 'This purpose was not agreed.',
  },
  'api-version-unknown': {
    status: 404,
    zh: '没有这个版本的接口，现有版本见 versions。',
    en: 'There is no such version of this API, see versions.',
  },
  'api-version-gone': {
    status: 410,
    zh: '这个版本的接口已停用，现有版本见 versions。',
    en: 'This version of the API has ended, see versions.',
  },
  'consent-revoked': {
    status: 403,
    zh: '学生撤回了同意：这次核验不再告知任何内容。',
    en: 'The student took consent back: nothing of this check is told any more.',
  },
  'sandbox-only': {
    status: 403,
    zh: '只有沙箱合作方可以代学生回答；真实的学生在自己的钱包里回答。',
    en: 'Only a partner of the sandbox answers in a student\u2019s place. Real students answer in their wallets.',
  },
  'passenger-not-matched': {
    status: 409,
    zh: '还没有确认乘客就是这名学生。',
    en: 'The passenger was not found to be this student yet.',
  },
  'passenger-tries-used-up': {
    status: 429,
    zh: '今天对这名学生的乘客核对次数已用完。',
    en: 'All comparisons of passengers with this student are used today.',
  },
  'callback-not-allowed': {
    status: 422,
    zh: '回调地址须是 https 且不是内网地址；测试事件须先订阅 callback.test。',
    en: 'A callback is https and no private address; a test needs callback.test among its events.',
  },
  'partner-event-not-found': {
    status: 404,
    zh: '没有这条通知，或它已送达。',
    en: 'There is no such event, or it was delivered.',
  },
  'partner-tls-off': {
    status: 409,
    zh: '这台服务器没有开启合作方证书端口（LANYARD_PARTNER_TLS_PORT）。',
    en: 'There is no listener for partners’ certificates here (LANYARD_PARTNER_TLS_PORT).',
  },
  'certificate-not-usable': {
    status: 422,
    zh: '证书须是一份 PEM，在有效期内，P-256、P-384 或 2048 位以上 RSA。',
    en: 'A certificate is one PEM block, in force, on P-256, P-384 or RSA of 2048 bits and more.',
  },
  'certificate-known': {
    status: 409,
    zh: '这份证书已经登记过。',
    en: 'This certificate was registered before.',
  },
  'certificate-not-found': {
    status: 404,
    zh: '没有这份有效的证书。',
    en: 'There is no such certificate in force.',
  },
  'too-many-certificates': {
    status: 409,
    zh: '同时有效的证书太多，请先停用一份。',
    en: 'Too many certificates are in force. End one first.',
  },
  'check-not-found': {
    status: 404,
    zh: '没有这次核验。',
    en: 'There is no such check.',
  },
  'check-not-eligible': {
    status: 409,
    zh: '这次核验的结果没有可用的优惠。',
    en: 'This check found no discount to use.',
  },
  'check-too-old': {
    status: 409,
    zh: '核验只在当天有效。请重新核验。',
    en: 'A check is good for its own day. Make a new one.',
  },
  'journey-not-covered': {
    status: 409,
    zh: '这段行程不享受优惠，原因见 reason。',
    en: 'This journey is not covered, see reason.',
  },
  'entitlement-used-up': {
    status: 409,
    zh: '本年度次数已用完或正被占用。',
    en: 'All uses of the year are taken or held.',
  },
  'use-not-found': {
    status: 404,
    zh: '没有这次使用。',
    en: 'There is no such use.',
  },
  'use-state-conflict': {
    status: 409,
    zh: '这次使用的当前状态不允许此操作。',
    en: 'The state of this use does not allow that.',
  },
  'use-expired': {
    status: 410,
    zh: '保留时间已过。请重新保留。',
    en: 'It was held for half an hour, which is over. Hold it again.',
  },
  'idempotency-in-progress': {
    status: 409,
    zh: '同一个 Idempotency-Key 的请求还在处理。请稍后重试。',
    en: 'A request with this Idempotency-Key is under way. Try again in a moment.',
  },
  'purpose-unknown': {
    status: 422,
    zh: '没有这种核验用途。',
    en: 'There is no such purpose.',
  },
  'presentation-needs-nonce': {
    status: 400,
    zh: '核验出示的证件需要当时给出的 nonce 和 audience。',
    en: 'A presentation can be checked only with the nonce and audience that were given out for it.',
  },
  'presentation-request-not-found': {
    status: 404,
    zh: '没有这个出示请求。',
    en: 'There is no such request for a presentation.',
  },
  'presentation-request-over': {
    status: 410,
    zh: '这个出示请求已经答复或已过期。请重新发起。',
    en: 'This request for a presentation was answered or has expired. Start a new one.',
  },
  'dcql-query-invalid': {
    status: 422,
    zh: 'dcql_query 不符合格式或含有不支持的内容，见 detail。',
    en: 'The dcql_query does not fit its format or asks for what is not supported, see detail.',
  },
  'options-conflict': {
    status: 400,
    zh: '这些选项不能同时使用，见 detail。',
    en: 'These options exclude each other, see detail.',
  },
  'transaction-data-invalid': {
    status: 422,
    zh: 'transaction_data 不符合格式，或者指名的证件不能授权，见 detail。',
    en: 'The transaction_data does not fit its format, or names a credential that cannot authorise it, see detail.',
  },
  'origin-not-ours': {
    status: 422,
    zh: 'origin 必须是本系统某个服务的来源。',
    en: 'An origin is that of a service of this installation.',
  },
  'presentation-answer-refused': {
    status: 422,
    zh: '钱包的答复不符合请求，没有采纳。见 check。',
    en: 'The answer of the wallet does not fit the request and was not taken, see check.',
  },
  'response-session-wrong': {
    status: 403,
    zh: 'response_code 属于另一个浏览器会话。',
    en: 'The response_code belongs to another browser session.',
  },
  'presentation-evidence-not-found': {
    status: 404,
    zh: '没有保存这次出示的证据，或者保存期已过。',
    en: 'No evidence of this presentation is kept, or its time is over.',
  },
  'actor-required': {
    status: 403,
    zh: '这个操作必须说明是哪位工作人员。',
    en: 'This call has to name the person on whose behalf it is made.',
  },
  'return-url-required': {
    status: 422,
    zh: '同设备出示需要 return_url。',
    en: 'A presentation on the same device needs a return_url.',
  },
  'return-url-not-allowed': {
    status: 422,
    zh: 'return_url 必须是本系统某个服务的地址。',
    en: 'A return_url is an address of a service of this installation.',
  },
  'request-certificate-missing': {
    status: 503,
    zh: '还没有取得签名证书。稍后再试。',
    en: 'The certificate for signing requests has not come yet. Try again soon.',
  },
  'response-code-invalid': {
    status: 403,
    zh: 'response_code 不对或已过期。',
    en: 'The response_code is wrong or has expired.',
  },
  'response-code-used': {
    status: 409,
    zh: 'response_code 已用过。',
    en: 'The response_code was used before.',
  },
  'enrolment-code-invalid': {
    status: 403,
    zh: '登记码不对、已用过或已过期。请让管理员再开一个。',
    en: 'The enrolment code is wrong, used or expired. Ask the operator for a new one.',
  },
  'agent-key-invalid': {
    status: 422,
    zh: '公钥不是有效的 P-256 公钥，或者已经登记过。',
    en: 'The key is no public P-256 key, or it was enrolled before.',
  },
  'agent-not-found': { status: 404, zh: '没有这个终端。', en: 'There is no such agent.' },
  'agent-withdrawn': {
    status: 403,
    zh: '这个终端已被停用。请联系管理员。',
    en: 'This agent was withdrawn. Ask the operator.',
  },
  'other-checkpoint': {
    status: 403,
    zh: '这个终端登记在另一个检查点。',
    en: 'This agent is enrolled at another checkpoint.',
  },
  'other-agent': { status: 403, zh: '只能为自己做这件事。', en: 'An agent may do that for itself only.' },
  'mutual-tls-required': {
    status: 403,
    zh: '终端须持客户端证书，从终端专用端口连接。',
    en: 'Agents have to come with a client certificate, to the listener for agents.',
  },
  'mutual-tls-off': {
    status: 409,
    zh: '这台服务器没有开启终端专用端口（LANYARD_AGENT_TLS_PORT）。',
    en: 'There is no listener for agents here (LANYARD_AGENT_TLS_PORT).',
  },
  'client-certificate-wrong': {
    status: 401,
    zh: '客户端证书不属于这个终端。',
    en: 'The client certificate is not that of this agent.',
  },
  'client-certificate-ended': {
    status: 401,
    zh: '客户端证书已停用或过期。请重新下载证书包，或重新登记终端。',
    en: 'The client certificate was ended or has expired. Get a new bundle, or enrol the agent again.',
  },
  'certificate-request-invalid': {
    status: 422,
    zh: '证书请求不合格式，或没有证明持有私钥。',
    en: 'The certificate request is malformed, or does not prove its key.',
  },
  'agent-settings-invalid': {
    status: 422,
    zh: '设置项不合要求，见 detail。',
    en: 'A setting does not fit its limits, see detail.',
  },
  'settings-changed': {
    status: 409,
    zh: '别人刚改过这些设置。请重新打开再改。',
    en: 'Somebody has just changed these settings. Open them again.',
  },
  'portraits-not-shown': {
    status: 403,
    zh: '这个检查点不显示照片。',
    en: 'This checkpoint shows no portraits.',
  },
  'people-part-unavailable': {
    status: 503,
    zh: '还没有从签发服务取得人员数据。稍后自动再试。',
    en: 'The people part has not come from the issuer yet. Try again soon.',
  },
  'door-tag-not-found': {
    status: 404,
    zh: '没有这个标签，或已停用。',
    en: 'There is no such tag, or it was withdrawn.',
  },
  'door-tag-known': {
    status: 409,
    zh: '这个标签已经登记过。',
    en: 'This tag was registered before.',
  },
  'staff-role-missing': {
    status: 403,
    zh: '这个操作需要门岗或窗口角色。请用自己的账号登录。',
    en: 'This takes the role of a guard or window clerk. Sign in with your own account.',
  },
  'release-not-allowed': {
    status: 403,
    zh: '这个检查点不允许人工放行。',
    en: 'Nobody is let in by hand at this checkpoint.',
  },
  'look-not-found': {
    status: 404,
    zh: '这次查找已过期。请重新查找这位学生。',
    en: 'That search is over. Find the student again.',
  },
  'window-mode-off': {
    status: 409,
    zh: '这个检查点不是这样的窗口。',
    en: 'This checkpoint is no window of that kind.',
  },
  'arrival-not-found': {
    status: 404,
    zh: '这次刷卡或扫码已过期。请学生再来一次。',
    en: 'That tap or scan is over. Have the student tap or scan again.',
  },
  'arrival-taken': {
    status: 409,
    zh: '这名学生已由另一位同事接待。',
    en: 'A colleague is serving this student.',
  },
  'counter-off': {
    status: 409,
    zh: '这里现在不显示优惠。请联系管理员。',
    en: 'No discount is shown here now. Ask the operator.',
  },
  'counter-shows-people': {
    status: 422,
    zh: '显示优惠的检查点不能打开学生页面，也不能显示照片。',
    en: 'Where a discount is shown no page opens and no portrait is shown. Change the policy.',
  },
  'counter-of-sandbox': {
    status: 409,
    zh: '沙箱合作方不能有柜台：读卡器读到的是真实的学生。',
    en: 'A partner of the sandbox has no counter: a reader reads real students.',
  },
  'tap-over': {
    status: 409,
    zh: '这次刷卡已超过 5 分钟。请学生再刷一次。',
    en: 'That tap is over 5 minutes old. Have the student tap again.',
  },
  'tap-used': {
    status: 409,
    zh: '这次刷卡用过的一次已退回。要再用，请学生重新刷一次。',
    en: 'The trip of that tap was given back. Have the student tap again for another.',
  },
  'refund-too-late': {
    status: 409,
    zh: '只能退回当天在这里使用的次数。',
    en: 'Only a trip of today is given back here.',
  },
  'tap-too-early': {
    status: 409,
    zh: '这次刷卡在要确认的内容之前。请学生看过之后再刷一次。',
    en: 'That tap came before what it is to confirm. Have the student read it and tap again.',
  },
  'tap-by-card': {
    status: 409,
    zh: '这里不能只凭校园卡。请学生用手机。',
    en: 'A campus card alone does not count here. The student uses the phone.',
  },
  'nod-needed': {
    status: 403,
    zh: '这个窗口必须由学生本人同意才能打开。',
    en: 'At this window only the student’s own agreement opens the page.',
  },
  'nod-refused': {
    status: 403,
    zh: '学生本人没有同意，不能打开。',
    en: 'The student refused: the page stays closed.',
  },
  'nod-over': { status: 409, zh: '这次询问已结束。请重新扫码。', en: 'That question is over. Scan again.' },
  'nod-not-found': { status: 404, zh: '没有这次询问。请重新扫码。', en: 'There is no such question. Scan again.' },
  'student-not-found': { status: 404, zh: '学籍里没有这个人。', en: 'The register does not know this person.' },
  'person-not-in-packages': {
    status: 409,
    zh: '这位学生没有闸机码，闸机不认识他。',
    en: 'This student has no gate code: gates do not know them.',
  },
  'emergency-list-full': {
    status: 409,
    zh: '这个检查点的应急名单已满（200 人）。请先移出不再需要的人。',
    en: 'The emergency list of this checkpoint is full (200 people). Take somebody off it first.',
  },
  'paper-pass-today': {
    status: 409,
    zh: '今天已经给这位学生打印过凭条。',
    en: 'A pass was printed for this student today.',
  },
  'portrait-missing': {
    status: 409,
    zh: '没有审核过的照片，不能打印凭条。请先补照片。',
    en: 'There is no reviewed portrait: add one first.',
  },
  'credential-state-conflict': {
    status: 409,
    zh: '学生证已停用或作废，不能打印凭条。',
    en: 'The student ID is suspended or revoked: no pass is printed.',
  },
  'journal-gap': {
    status: 409,
    zh: '通行记录缺了几条。请从上次确认的序号之后补传。',
    en: 'Entries are missing. Send again from the last accepted sequence on.',
  },
  'journal-broken': {
    status: 409,
    zh: '通行记录的哈希链断了。请联系管理员检查终端。',
    en: 'The chain of the journal does not hold. Have the agent looked at.',
  },
  'staff-link-invalid': {
    status: 403,
    zh: '登录链接不对、已用过或已过期。请让管理员再开一个。',
    en: 'The sign-in link is wrong, used or expired. Ask the operator for a new one.',
  },
} as const satisfies ProblemTable<string>;
export type VerifierCode = keyof typeof VERIFIER_PROBLEMS;
