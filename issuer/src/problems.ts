import type { ProblemTable } from '@lanyard/platform';
import { PORTRAIT_FAULTS } from './domain/portraits/portrait-rules.js';

/** Every refusal of the issuer's own API: status, cause and next step in both languages. */
export const ISSUER_PROBLEMS = {
  'partner-unknown': {
    status: 404,
    zh: '这个合作方没有核验过你。',
    en: 'This partner has never checked you.',
  },
  'source-not-found': {
    status: 404,
    zh: '没有登记这个来源系统。',
    en: 'No source system of that name is registered.',
  },
  'source-key-invalid': {
    status: 422,
    zh: '公钥无效。须为 P-256 公钥（JWK）。',
    en: 'The key is not valid. It has to be the public half of a P-256 key, as a JWK.',
  },
  'source-watermark-conflict': {
    status: 409,
    zh: '已经收到别的一批。请从 watermark 之后接着推送。',
    en: 'Another piece was taken. Go on after the watermark given here.',
  },
  'student-not-found': {
    status: 404,
    zh: '没有这个学号。请核对后再试。',
    en: 'No student has this number. Check it and try again.',
  },
  'credential-state-conflict': {
    status: 409,
    zh: '学生证现在的状态不能这样变更。刷新后再看。',
    en: 'The credential cannot change that way from its present state. Reload and look again.',
  },
  'status-change-not-allowed': {
    status: 409,
    zh: '这名学生在那一天的学籍状态不允许这种变更。',
    en: 'The student\u2019s status on that day does not allow this change.',
  },
  'status-change-out-of-order': {
    status: 409,
    zh: '之后已有一条变更会因此不成立，见 change_id。请先撤销那一条。',
    en: 'A later change would no longer be possible, see change_id. Reverse that one first.',
  },
  'status-change-until-needed': {
    status: 422,
    zh: '这种变更须写明截止日期。',
    en: 'This kind of change needs its last day.',
  },
  'status-change-until-invalid': {
    status: 422,
    zh: '截止日期早于生效日期，或这种变更没有截止日期。',
    en: 'The last day is before the first, or this kind of change has none.',
  },
  'status-change-facts-invalid': {
    status: 422,
    zh: '这种变更须写明、也只能写明它所更改的字段。',
    en: 'This kind of change names the fields it changes, and no others.',
  },
  'status-change-not-found': {
    status: 404,
    zh: '这名学生没有这条变更。',
    en: 'This student has no such change.',
  },
  'status-change-not-reversible': {
    status: 409,
    zh: '撤销记录本身不能再撤销。请重新办理原来的变更。',
    en: 'A reversal cannot be reversed. Make the change anew.',
  },
  'status-change-undone': { status: 409, zh: '这条变更已经撤销。', en: 'This change was reversed before.' },
  'document-number-needed': {
    status: 422,
    zh: '撤销这种变更须写明文号。',
    en: 'Reversing this kind of change needs a document number.',
  },
  'life-version-conflict': {
    status: 409,
    zh: '这名学生的学籍刚被别人改过。刷新后再看。',
    en: 'Somebody else has just changed this student. Reload and look again.',
  },
  'bulk-run-not-found': { status: 404, zh: '没有这次批量办理。', en: 'No such bulk run.' },
  'bulk-run-state-conflict': {
    status: 409,
    zh: '这次批量办理现在的状态不能这样处理。刷新后再看。',
    en: 'The bulk run cannot be dealt with that way from its present state. Reload and look again.',
  },
  'bulk-run-empty': {
    status: 422,
    zh: '没有一名学生可以办理，见 report。什么都没有改。',
    en: 'Not one student would be changed, see report. Nothing was done.',
  },
  'table-unreadable': {
    status: 422,
    zh: '文件读不出来。请另存为 xlsx 或 CSV UTF-8，见 detail。',
    en: 'The file cannot be read, see detail. Save it as .xlsx or CSV UTF-8.',
  },
  'table-empty': { status: 422, zh: '文件里没有数据行。', en: 'The file holds no rows.' },
  'table-header-invalid': {
    status: 422,
    zh: '表头缺列或有重复列，见 columns。',
    en: 'The header lacks or repeats columns, see columns.',
  },
  'table-too-long': { status: 413, zh: '文件行数太多。', en: 'The file has too many rows.' },
  'semester-not-found': { status: 404, zh: '没有这个学期。', en: 'No such semester.' },
  'staff-number-missing': {
    status: 403,
    zh: '这件事须由辅导员本人登录管理台来办，只能办自己的学生。',
    en: 'This takes a counsellor signed in at the console, for the students of their own.',
  },
  'students-not-own': {
    status: 403,
    zh: '名单里有 count 名不是你的学生，什么都没有改。',
    en: 'Of the students named, count are not yours. Nothing was changed.',
  },
  'registration-window-closed': {
    status: 409,
    zh: '现在不在学期注册时间内。',
    en: 'Semester registration is not open now.',
  },
  'registration-fee-unpaid': {
    status: 409,
    zh: '学费还没有缴清，也没有缓缴。',
    en: 'The fee is neither paid nor deferred.',
  },
  'case-act-undecided': {
    status: 422,
    zh: '结束学籍须有人审批过。',
    en: 'What ends somebody\u2019s studies takes a case that somebody decided.',
  },
  'case-acts-at-most': {
    status: 429,
    zh: '24 小时内由办件结束学籍的人数已到上限。请管理员核实。',
    en: 'As many studies as may be have been ended by cases in 24 hours. Have an administrator look at it.',
  },
  'study-unit-unknown': {
    status: 422,
    zh: '名册里没有这个学院，或该学院没有这个专业。请核对名称后退回修改；新设的学院和专业由学籍管理员在学籍里办。',
    en: 'The register has no such college, or no such major in it. Check the name and send it back; the registrar begins a new college or major at the register.',
  },
  'case-document-unknown': {
    status: 404,
    zh: '没有这份文件。',
    en: 'There is no such document.',
  },
  'registration-not-enrolled': {
    status: 409,
    zh: '现在的学籍状态不能注册。请找辅导员。',
    en: 'Your present status cannot be registered. Ask your counsellor.',
  },
  'contact-missing': {
    status: 409,
    zh: '名册里没有这名学生的手机号或邮箱，验证码发不出去。',
    en: 'The register holds no phone number or e-mail of this student, so the code cannot be sent.',
  },
  'student-not-eligible': {
    status: 409,
    zh: '这名学生现在不能领取学生证：学生证已停用或注销。',
    en: 'This student cannot get a student ID now: it is suspended or revoked.',
  },
  'roster-header-invalid': {
    status: 422,
    zh: '表头缺列或有重复列，见 findings。',
    en: 'The header lacks or repeats columns, see findings.',
  },
  'roster-empty': { status: 422, zh: '文件里没有学生。', en: 'The file holds no student.' },
  'roster-rejected': {
    status: 422,
    zh: '有不能导入的行，按你的选择整个文件都没有导入。',
    en: 'Some rows cannot be imported, and as you chose nothing was imported.',
  },
  'roster-encoding': {
    status: 422,
    zh: '文件既不是 UTF-8 也不是 GB 18030。请另存为 CSV UTF-8。',
    en: 'The file is neither UTF-8 nor GB 18030. Save it as CSV UTF-8.',
  },
  'roster-unreadable': {
    status: 422,
    zh: '文件从某一行起读不出来，见 detail。什么都没有导入。',
    en: 'The file cannot be read from some line on, see detail. Nothing was imported.',
  },
  'roster-too-large': { status: 413, zh: '文件太大。', en: 'The file is too large.' },
  'import-not-found': { status: 404, zh: '没有这次导入。', en: 'No such import.' },
  'import-state-conflict': { status: 409, zh: '这次导入已经处理过。', en: 'This import was dealt with before.' },
  'import-running': {
    status: 409,
    zh: '另一次大的导入正在写入。请等它完成后再试。',
    en: 'Another large import is being applied. Try again when it is done.',
  },
  'approval-expired': {
    status: 409,
    zh: '等待批准的时间已过，什么都没有改。请重新提交。',
    en: 'Nobody approved it in time, and nothing was changed. Submit it again.',
  },
  'approval-rule-too-lax': {
    status: 422,
    zh: '复核规则只能比设计规定的更严，不能更宽。',
    en: 'The rule for a second person may be made stricter than designed, never laxer.',
  },
  'approval-rule-waiting': {
    status: 409,
    zh: '已有一项规则变更在等第二个人决定。请先批准或驳回它。',
    en: 'A change of the rule waits for a second person already. Approve or decline that one first.',
  },
  'approval-rule-not-waiting': {
    status: 409,
    zh: '这项规则变更已经决定过，或不存在。刷新后再看。',
    en: 'This change of the rule was decided, or does not exist. Reload and look again.',
  },
  'import-undo-expired': {
    status: 409,
    zh: '这次导入之前的内容已不再保留，不能撤销。请导入更正后的名册。',
    en: 'What stood there before this import is no longer kept. Import a corrected roster instead.',
  },
  'import-plan-stale': {
    status: 409,
    zh: '名册在你查看之后又有变化，见 plan。请按新的撤销方案再确认。',
    en: 'The register has changed since you looked, see plan. Confirm the new plan.',
  },
  'import-nothing-to-undo': {
    status: 422,
    zh: '这次导入的每一行之后都已改动，没有可以撤销的。',
    en: 'Every row of this import was changed since; there is nothing to undo.',
  },
  'import-same-person': { status: 403, zh: '须由另一个人批准。', en: 'A second person has to approve this.' },
  'portrait-invalid': {
    status: 422,
    zh: '照片须是 240 × 320 的 JPEG，最大 12 kB。',
    en: 'A portrait is a JPEG of 240 × 320, at most 12 kB.',
  },
  'portrait-type-unsupported': { status: 415, ...PORTRAIT_FAULTS['portrait-type-unsupported'] },
  'portrait-too-large': { status: 413, ...PORTRAIT_FAULTS['portrait-too-large'] },
  'portrait-too-many-pixels': { status: 422, ...PORTRAIT_FAULTS['portrait-too-many-pixels'] },
  'portrait-too-small': { status: 422, ...PORTRAIT_FAULTS['portrait-too-small'] },
  'portrait-ratio': { status: 422, ...PORTRAIT_FAULTS['portrait-ratio'] },
  'portrait-unreadable': { status: 422, ...PORTRAIT_FAULTS['portrait-unreadable'] },
  'portrait-too-often': {
    status: 429,
    zh: '今天提交照片的次数已到上限，请明天再试。',
    en: 'As many pictures as one day allows were sent. Try again tomorrow.',
  },
  'portrait-archive-invalid': {
    status: 422,
    zh: '压缩包读不出来，或不是 ZIP，见 detail。',
    en: 'The archive cannot be read or is no ZIP file, see detail.',
  },
  'portrait-batch-empty': {
    status: 422,
    zh: '压缩包里没有一张照片的文件名是在册学号，见 report。',
    en: 'No picture in the archive is named by a student number of the register, see report.',
  },
  'portrait-not-pending': {
    status: 409,
    zh: '没有待审核的照片。刷新后再看。',
    en: 'No portrait awaits review. Reload and look again.',
  },
  'holder-token-invalid': {
    status: 401,
    zh: '钱包的访问令牌无效。请刷新令牌。',
    en: 'The wallet\u2019s access token is not valid. Refresh it.',
  },
  'gate-key-proof-invalid': { status: 400, zh: '闸机密钥的证明无效。', en: 'The proof of the gate key is not valid.' },
  'gate-key-known': {
    status: 409,
    zh: '这把密钥已经登记过。请生成新的。',
    en: 'This key was enrolled before. Make a new one.',
  },
  'unknown-student-numbers': {
    status: 422,
    zh: '有不存在的学号，什么都没有改。',
    en: 'Some student numbers do not exist; nothing was changed.',
  },
  'certificate-request-invalid': {
    status: 422,
    zh: '证书请求无效，见 detail。',
    en: 'The certificate request is not valid, see detail.',
  },
  'certificate-name-missing': {
    status: 503,
    zh: '没有配置核验服务的地址，不能签发证书。',
    en: 'The public address of the verifier is not configured, so nothing can be certified for it.',
  },
  'signer-not-found': {
    status: 404,
    zh: '没有这把在用的签名密钥。用 keys list 核对密钥号。',
    en: 'No living signer has this kid. Check it with keys list.',
  },
  'look-not-found': {
    status: 404,
    zh: '这次查找已过期，或不是本人查的。请重新查找。',
    en: 'That search is over, or somebody else made it. Search again.',
  },
  'own-card-missing': {
    status: 409,
    zh: '没有可以这样变更的校园卡。刷新后再看。',
    en: 'You have no campus card that can change that way. Reload and look again.',
  },
  'own-card-by-office': {
    status: 403,
    zh: '这张卡是学校停用的，要到校园卡窗口恢复。',
    en: 'The office stopped this card. It is restored at the card office.',
  },
  'own-card-too-late': {
    status: 403,
    zh: '自己停用超过 72 小时，要到校园卡窗口恢复。',
    en: 'You stopped this card over 72 hours ago. It is restored at the card office.',
  },
  'own-card-new-wallet': {
    status: 403,
    zh: '这部手机是停用之后才领的学生证，要用原来的手机，或到校园卡窗口恢复。',
    en: 'This phone got the ID after the card was stopped. Use the former phone, or go to the card office.',
  },
  'nod-not-found': { status: 404, zh: '没有这次询问。', en: 'There is no such question.' },
  'nod-over': {
    status: 409,
    zh: '这次询问已回答过，或已超过 60 秒。',
    en: 'This question was answered, or its 60 seconds are over.',
  },
  'nod-refused': {
    status: 403,
    zh: '学生本人没有同意，不能打开。',
    en: 'The student refused: the page stays closed.',
  },
  'paper-pass-today': {
    status: 409,
    zh: '今天已经给这位学生打印过凭条。',
    en: 'A pass was printed for this student today.',
  },
  'portrait-missing': {
    status: 409,
    zh: '没有审核过的照片，不能打印凭条。',
    en: 'There is no reviewed portrait, so nothing is printed.',
  },
  'signer-retired': { status: 409, zh: '这把签名密钥已经停用过。', en: 'This signer was retired before.' },
  'signer-use-not-retirable': {
    status: 409,
    zh: '这种用途的密钥只能轮换，不能停用：闸机与审计还要靠它核对。',
    en: 'A signer for this use is rotated, not retired: gates and the audit still check by it.',
  },
  'signer-certificate-invalid': {
    status: 422,
    zh: '证书不属于这把密钥或不是本机构根证书签发，见 detail。',
    en: 'The certificate is not for this signer, or not from a root of this installation, see detail.',
  },
  'revocation-list-invalid': {
    status: 422,
    zh: '吊销列表不是本机构根证书签发的，或已过期。',
    en: 'The revocation list is not from a root of this installation, or overdue.',
  },
  'revocation-list-older': {
    status: 409,
    zh: '已经发布过同号或更新的吊销列表。',
    en: 'A list with this number or a higher one was published before.',
  },
  'revocation-list-missing': { status: 404, zh: '还没有吊销列表。', en: 'There is no revocation list yet.' },
  'root-missing': {
    status: 409,
    zh: '还没有根证书。先执行 keys init。',
    en: 'This installation has no root yet. Run keys init first.',
  },
  'card-not-found': { status: 404, zh: '没有这张卡。请核对卡号。', en: 'No such card. Check its number.' },
  'card-state-conflict': {
    status: 409,
    zh: '这张卡现在的状态不能这样变更。刷新后再看。',
    en: 'The card cannot change that way from its present state. Reload and look again.',
  },
  'student-has-card': {
    status: 409,
    zh: '这名学生已有一张在用的卡。请选“换卡”，旧卡同时作废。',
    en: 'This student has a card already. Choose “replace”, which ends the former one.',
  },
  'card-batch-not-open': {
    status: 409,
    zh: '没有这个批次，或批次已结束。',
    en: 'There is no such batch, or it was closed.',
  },
  'card-key-exists': {
    status: 409,
    zh: '这个密钥版本已经用过。请换一个版本号。',
    en: 'This key version was used before. Take another one.',
  },
  'card-key-missing': {
    status: 503,
    zh: '缺少这个批次的主密钥。请从备份恢复密钥库。',
    en: 'The master key of this batch is missing. Restore the key store from its backup.',
  },
  'card-origin-missing': {
    status: 503,
    zh: '没有配置核验服务的地址，不能写卡。',
    en: 'The public address of the verifier is not configured, so no card can be written.',
  },
  'personalisation-not-found': {
    status: 404,
    zh: '没有这次写卡。请重新放卡。',
    en: 'No such personalisation. Put the card on the reader again.',
  },
  'personalisation-out-of-step': {
    status: 409,
    zh: '写卡步骤对不上。请重新放卡，从头开始。',
    en: 'The steps do not match. Put the card on the reader again and begin anew.',
  },
  'person-needed': {
    status: 403,
    zh: '这件事须由本人登录管理台来办。',
    en: 'This takes a person signed in at the console.',
  },
  'own-id-by-office': {
    status: 403,
    zh: '学生证是学校停用的，要到一站式服务窗口恢复。',
    en: 'The office stopped your student ID. It is restored at the service window.',
  },
  'corrections-at-most': {
    status: 409,
    zh: '最多同时有 5 个更正申请。等学校处理后再提。',
    en: 'Five corrections may wait at once. Ask again when one is decided.',
  },
  'correction-not-open': {
    status: 409,
    zh: '没有这个更正申请，或已经处理过。',
    en: 'There is no such correction, or it was decided.',
  },
  'exports-at-most': {
    status: 429,
    zh: '一天最多导出 10 次。请明天再来。',
    en: 'Ten copies a day at most. Come back tomorrow.',
  },
  'erasure-not-found': { status: 404, zh: '没有这个学号的删除证明。', en: 'Nobody of this number was erased.' },
  'opening-not-found': { status: 404, zh: '没有这个申请。', en: 'No such request.' },
  'opening-span-invalid': {
    status: 422,
    zh: '时间段无效：须早于现在开始，最长 8 天。',
    en: 'The span is not valid: it begins in the past and is 8 days at most.',
  },
  'opening-over': {
    status: 409,
    zh: '这个申请已经结束或过期。',
    en: 'This request is decided or its time is over.',
  },
  'opening-own-request': {
    status: 403,
    zh: '自己提出的申请不能自己批准。',
    en: 'Nobody approves a request of their own.',
  },
  'opening-approved-by-you': {
    status: 409,
    zh: '你已经批准过这个申请。须由三个不同的人批准。',
    en: 'You have approved this before. It takes three different people.',
  },
  'opening-approved-by-office': {
    status: 409,
    zh: '这个岗位已经有人批准过。',
    en: 'Somebody of this office has approved it.',
  },
  'opening-not-approved': {
    status: 409,
    zh: '三个岗位还没有都批准。',
    en: 'Not all three offices have approved.',
  },
  'opening-not-yours': {
    status: 403,
    zh: '只有申请人可以打开和查看。',
    en: 'Only who requested it opens and reads it.',
  },
  'opening-not-readable': {
    status: 409,
    zh: '还没有打开，或一小时已过。',
    en: 'It was not opened, or its hour is over.',
  },
  'delta-base-unknown': { status: 404, zh: '没有这个版本的增量。', en: 'No delta from that sequence.' },
} as const satisfies ProblemTable<string>;
export type IssuerCode = keyof typeof ISSUER_PROBLEMS;
