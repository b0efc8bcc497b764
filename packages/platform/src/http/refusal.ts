/** What a client may read of a refusal: RFC 9457 members besides `type`, `instance`. */
export interface ProblemText {
  status: number;
  zh: string;
  en: string;
}

/** One table from code to HTTP answer per service; the type makes it cover the whole union. */
export type ProblemTable<Code extends string> = Record<Code, ProblemText>;

/**
 * A refused input with a stable code. `detail` and `fields` reach the client, so neither may hold personal data or
 * anything the client did not send; `logDetail` stays in the log.
 */
export class Refusal<Code extends string = string> extends Error {
  readonly detail: string | undefined;
  readonly fields: Record<string, unknown>;
  readonly logDetail: string | undefined;
  constructor(
    readonly code: Code,
    options: { detail?: string; fields?: Record<string, unknown>; logDetail?: string; cause?: unknown } = {},
  ) {
    super(code, { cause: options.cause });
    this.detail = options.detail;
    this.fields = options.fields ?? {};
    this.logDetail = options.logDetail;
  }
}

/** Refusals that every service shares. */
export const COMMON_PROBLEMS = {
  'body-too-large': {
    status: 413,
    zh: '内容太大。请分成几次发送。',
    en: 'The body is too large. Send it in smaller parts.',
  },
  'body-too-deep': { status: 400, zh: '内容嵌套太深。', en: 'The body is nested too deeply.' },
  'body-malformed': { status: 400, zh: '内容不是有效的 JSON。', en: 'The body is not valid JSON.' },
  'body-type-unsupported': { status: 415, zh: '不支持这种内容类型。', en: 'This content type is not supported.' },
  'input-invalid': { status: 400, zh: '有字段不符合要求，见 errors。', en: 'Some fields do not fit, see errors.' },
  'not-authenticated': { status: 401, zh: '请求没有有效的身份凭据。', en: 'The call carries no valid credential.' },
  'caller-token-invalid': {
    status: 401,
    zh: '调用方令牌无效。请重新签一个。',
    en: 'The caller token is not valid. Sign a new one.',
  },
  'caller-token-replayed': {
    status: 401,
    zh: '调用方令牌已用过。请重新签一个。',
    en: 'The caller token was used before. Sign a new one.',
  },
  'caller-unknown': {
    status: 401,
    zh: '不认识这个调用方。请先登记。',
    en: 'This caller is not known. Register it first.',
  },
  'not-allowed': { status: 403, zh: '这个调用方不能做这件事。', en: 'This caller may not do that.' },
  'origin-not-allowed': {
    status: 403,
    zh: '请求来自别的网页，没有执行。',
    en: 'The request came from another page and was not carried out.',
  },
  'not-found': { status: 404, zh: '没有找到。', en: 'Not found.' },
  'method-not-allowed': { status: 405, zh: '这个地址不支持这种方法。', en: 'This address does not take that method.' },
  conflict: {
    status: 409,
    zh: '与现有状态冲突。刷新后再试。',
    en: 'This conflicts with the present state. Reload and try again.',
  },
  'idempotency-key-reused': {
    status: 422,
    zh: '同一个 Idempotency-Key 用在了不同内容上。',
    en: 'This Idempotency-Key was used with another body.',
  },
  'too-many-requests': { status: 429, zh: '请求太多。请稍后再试。', en: 'Too many requests. Try again later.' },
  'client-went-away': { status: 400, zh: '请求没有传完。', en: 'The request was cut off.' },
  internal: {
    status: 500,
    zh: '内部故障。已经记录，请稍后再试。',
    en: 'An internal fault. It was recorded; try again later.',
  },
  busy: { status: 503, zh: '现在太忙。请过几秒再试。', en: 'Too busy now. Try again in a few seconds.' },
  'dependency-unavailable': {
    status: 503,
    zh: '依赖的服务暂时不可用。请稍后再试。',
    en: 'A service this one needs is away. Try again later.',
  },
} as const satisfies ProblemTable<string>;
export type CommonCode = keyof typeof COMMON_PROBLEMS;
