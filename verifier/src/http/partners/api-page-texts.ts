export type PageLanguage = 'zh' | 'en';

/** Words of the page around what the API's own text says. */
export const API_PAGE_TEXTS = {
  zh: {
    name: '中文',
    title: '合作方接口',
    intro: [
      '只回答“是不是在校学生、优惠还剩几次”，以及事先约定的几项；没有姓名、学号、证件号。',
      '每个 POST 都可带 Idempotency-Key，重发只算一次。拒绝时回答 application/problem+json（RFC 9457），按 code 处理。RateLimit 与 RateLimit-Policy 说明余量。',
      '版本写在路径里。停用的版本至少提前 12 个月以 Deprecation（RFC 9745）和 Sunset（RFC 8594）告知。',
      '机器可读的全文：<a href="/partner/v1/openapi.json">openapi.json</a>（OpenAPI 3.1）。',
    ],
    contents: '目录',
    optional: '可省',
    open: '无需令牌。',
    withToken: '需要令牌。',
    body: '请求',
    answer: '回答',
    example: '示例',
    schema: '结构',
    reason: '原因',
    codes: '代码',
    events: '通知',
    eventsExplained:
      '发往登记的回调地址：POST，application/secevent+jwt（RFC 8417、RFC 8935），ES256，公钥在 /partner/v1/webhook-keys。请回 2xx。同一条通知的 jti 不变，可能多次送达。',
  },
  en: {
    name: 'English',
    title: 'Partner API',
    intro: [
      'Answers “is this a student, and how much of the discount is left?”, and the claims that were agreed. No name, no student number, no identity number.',
      'Each POST takes an Idempotency-Key: sent again, it counts once. Refusals are application/problem+json (RFC 9457); switch on code. RateLimit and RateLimit-Policy say what is left.',
      'The version is in the path. One that is to end says so with Deprecation (RFC 9745) and Sunset (RFC 8594), at least 12 months before.',
      'For machines: <a href="/partner/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).',
    ],
    contents: 'Contents',
    optional: 'optional',
    open: 'Open.',
    withToken: 'With a token.',
    body: 'Request',
    answer: 'Answer',
    example: 'Example',
    schema: 'Schema',
    reason: 'reason',
    codes: 'Codes',
    events: 'Events',
    eventsExplained:
      'Sent to your callback: POST, application/secevent+jwt (RFC 8417, RFC 8935), ES256, keys at /partner/v1/webhook-keys. Answer 2xx. The jti of an event never changes, and it may come more than once.',
  },
} as const;

/** Summaries of operations in Chinese; English ones are the routes' own. A test holds that none is missing. */
export const OPERATION_TEXTS: Readonly<Record<string, string>> = {
  'POST /partner/v1/checks': '核验：扫到的学生码，或读到的校园卡',
  'GET /partner/v1/checks/{id}': '以前的一次核验，带回执',
  'GET /partner/v1/receipt-keys': '回执的公钥，含历史（JWK set）',
  'GET /partner/v1/webhook-keys': '通知的公钥（JWK set）',
  'POST /partner/v1/check-requests': '由学生在钱包里同意的核验：链接或二维码',
  'POST /partner/v1/check-requests/{id}/sandbox-answer': '沙箱：代替学生的钱包回答',
  'GET /partner/v1/check-requests/{id}': '它的结果，最多等 25 秒',
  'POST /partner/v1/checks/{id}/passenger': '乘客是不是这名学生：是或否',
  'POST /partner/v1/checks/{id}/uses': '占用一次优惠半小时，并告知学生票价',
  'POST /partner/v1/uses/{id}/redeem': '票已售出',
  'POST /partner/v1/uses/{id}/release': '没有售出，次数退回',
  'POST /partner/v1/uses/{id}/refund': '已退票，次数退回',
  'GET /partner/v1/callback': '登记的回调地址',
  'PUT /partner/v1/callback': '登记回调地址和要收的通知',
  'DELETE /partner/v1/callback': '不再接收通知',
  'POST /partner/v1/callback/test': '发一条 callback.test',
  'POST /partner/v1/certificate': '为自己的密钥领取客户端证书（PKCS#10），首次或更新',
};
