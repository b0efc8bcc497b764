import { type ProblemTable, SIGN_IN_PROBLEMS, type SignInCode } from '@lanyard/platform';
import type { CaseRefusal } from './domain/cases/action.js';
import type { TalkRefusal } from './domain/talks/talk.js';

type CampusCode =
  | CaseRefusal
  | 'person-needed'
  | 'roles-malformed'
  | 'applicant-needed'
  | 'applicant-not-here'
  | 'applicant-unknown'
  | 'service-not-found'
  | 'service-version-taken'
  | 'service-tests-failed'
  | 'service-malformed'
  | 'occasion-unknown'
  | 'occasion-not-open'
  | 'places-taken'
  | 'places-given'
  | 'signed-up-already'
  | 'case-not-found'
  | 'case-version-conflict'
  | 'page-key-invalid'
  | 'document-not-found'
  | 'check-not-found'
  | 'check-answered'
  | 'source-not-found'
  | 'source-key-invalid'
  | 'delegation-to-oneself'
  | 'delegation-period-invalid'
  | 'delegations-at-most'
  | 'delegation-not-found'
  | 'draft-not-found'
  | 'draft-version-conflict'
  | 'drafts-at-most'
  | 'attachment-not-found'
  | 'attachment-type-unsupported'
  | 'attachment-name-malformed'
  | 'attachments-at-most'
  | 'rating-not-asked'
  | 'rated-already'
  | 'survey-not-found'
  | 'survey-exists'
  | 'survey-closed'
  | 'survey-answered'
  | 'activity-not-found'
  | 'activity-taken'
  | 'not-signed-up'
  | 'attending-already'
  | 'attending-elsewhere'
  | 'not-attending'
  | 'attendance-overlaps'
  | 'attendance-outside'
  | 'window-not-found'
  | 'window-closed'
  | 'window-full'
  | 'window-without-kiosk'
  | 'window-without-reader'
  | 'window-reader-taken'
  | 'window-reader-off'
  | 'visit-needed'
  | 'visit-not-found'
  | 'visit-over'
  | 'visit-elsewhere'
  | 'visit-with-oneself'
  | 'window-request-not-found'
  | 'window-request-over'
  | 'window-request-of-another'
  | 'tap-not-found'
  | 'tap-taken'
  | 'tap-too-early'
  | 'card-does-not-confirm'
  | 'portrait-not-compared'
  | 'ticket-taken'
  | 'ticket-not-found'
  | 'ticket-not-called'
  | 'tickets-too-fast'
  | 'nobody-came'
  | TalkRefusal
  | 'talk-not-found'
  | 'talk-exists'
  | 'talk-over'
  | 'talk-holds-contact'
  | 'talk-messages-at-most'
  | 'answer-not-found'
  | 'published-already'
  | 'publication-not-closed'
  | 'publication-not-agreed'
  | 'publication-names-somebody'
  | 'mail-not-offered'
  | 'mail-codes-at-most'
  | 'mail-address-at-most'
  | 'mail-code-wrong'
  | 'mail-code-expired'
  | 'mail-address-refused'
  | 'push-endpoint-not-allowed'
  | 'messenger-not-found'
  | 'messenger-secret-invalid'
  | 'messenger-url-not-allowed'
  | SignInCode;

/** Every refusal of campus: status, cause and next step in both languages. */
export const CAMPUS_PROBLEMS: ProblemTable<CampusCode> = {
  ...SIGN_IN_PROBLEMS,
  'sign-in-without-role': {
    status: 403,
    zh: '这里是学生办事的地方，你的账号不是学生账号。教职工请用管理台。',
    en: 'These pages are for students, and your account is none of a student. Staff use the console.',
  },
  'draft-not-found': { status: 404, zh: '没有这份草稿。', en: 'There is no such draft.' },
  'draft-version-conflict': {
    status: 409,
    zh: '这份草稿刚在另一台设备上改过。请选用哪一份。',
    en: 'This draft was just changed on another device. Choose which one to keep.',
  },
  'drafts-at-most': {
    status: 409,
    zh: '草稿太多了。请先交出或删去几份。',
    en: 'You have too many drafts. Hand in or delete some first.',
  },
  'attachment-not-found': {
    status: 404,
    zh: '没有这个附件。请重新上传。',
    en: 'There is no such file. Upload it again.',
  },
  'attachment-type-unsupported': {
    status: 415,
    zh: '这里不收这种文件。请换成 PDF、JPEG 或 PNG 里允许的一种。',
    en: 'This kind of file is not taken here. Use one of those named: PDF, JPEG or PNG.',
  },
  'attachment-name-malformed': {
    status: 400,
    zh: '文件名读不出，或超过 120 个字。请改名后再传。',
    en: 'The file name cannot be read or is longer than 120 characters. Rename it and try again.',
  },
  'attachments-at-most': {
    status: 409,
    zh: '还没交出的附件太多了。请先交出或删去几个。',
    en: 'Too many files wait for a form. Hand in or remove some first.',
  },
  'activity-not-found': { status: 404, zh: '没有这个活动。', en: 'There is no such activity.' },
  'activity-taken': {
    status: 409,
    zh: '这个编号已是另一项服务的活动。请换一个编号。',
    en: 'This id is an activity of another service. Choose another.',
  },
  'not-signed-up': {
    status: 409,
    zh: '没有报名，或还在候补。请先报名。',
    en: 'Not signed up, or still waiting for a place. Sign up first.',
  },
  'attending-already': {
    status: 409,
    zh: '已经签到。离开时再签退。',
    en: 'Checked in already. Check out when leaving.',
  },
  'attending-elsewhere': {
    status: 409,
    zh: '还在另一个活动里，没有签退。请先在那边签退。',
    en: 'Still checked in at another activity. Check out there first.',
  },
  'not-attending': {
    status: 409,
    zh: '没有签到，不能签退。',
    en: 'Not checked in, so there is nothing to check out of.',
  },
  'attendance-overlaps': {
    status: 409,
    zh: '这段时间和已有的签到重叠。',
    en: 'This time overlaps with one that is there already.',
  },
  'attendance-outside': {
    status: 422,
    zh: '不在活动时间之内。开始前一小时起可签到，结束后一小时内可签退。',
    en: 'Not within the time of the activity. Check-in opens an hour before it, check-out ends an hour after it.',
  },
  'nobody-came': {
    status: 409,
    zh: '没有签到签退的记录，不能认定。申诉后可补记。',
    en: 'There is no time checked in and out, so nothing can be credited. After an appeal it can be entered.',
  },
  'window-not-found': {
    status: 404,
    zh: '没有这个窗口，或你不在这个窗口工作。',
    en: 'There is no such window, or you do not work at it.',
  },
  'window-closed': {
    status: 409,
    zh: '窗口现在不开。请在开放时间来取号。',
    en: 'The window is closed now. Take a ticket within its hours.',
  },
  'window-full': { status: 409, zh: '今天的号已取完。', en: 'No more tickets are given today.' },
  'window-without-kiosk': {
    status: 409,
    zh: '这个窗口不发无名的号。请登录后取号。',
    en: 'This window gives no tickets without a sign-in. Sign in and take one.',
  },
  'window-without-reader': {
    status: 409,
    zh: '这个窗口没有读卡器。请扫学生的码。',
    en: 'This window has no reader. Scan the student’s code.',
  },
  'window-reader-taken': {
    status: 409,
    zh: '这个读卡器已设在另一个窗口。',
    en: 'That reader stands at another window already.',
  },
  'window-reader-off': {
    status: 409,
    zh: '所设的读卡器不在“直接打开”的窗口检查点。请联系管理员，先扫学生的码。',
    en: 'The reader set here is of no checkpoint that opens a window at once. Tell the operator and scan the student’s code meanwhile.',
  },
  'visit-needed': {
    status: 403,
    zh: '窗口代办须先扫学生的码，并由学生确认。请到“窗口”页办理。',
    en: 'At a window the student’s code is scanned first and the student confirms. Use the page “Window”.',
  },
  'visit-not-found': {
    status: 404,
    zh: '没有这次窗口办理。请重新扫码。',
    en: 'There is no such visit. Scan the code again.',
  },
  'visit-over': {
    status: 409,
    zh: '这次窗口办理已结束。请学生再出示一次码。',
    en: 'This visit is over. Ask the student to show the code again.',
  },
  'visit-elsewhere': {
    status: 409,
    zh: '这名学生刚在另一个窗口扫码。请再扫一次。',
    en: 'This student was scanned at another window just now. Scan once more.',
  },
  'visit-with-oneself': {
    status: 403,
    zh: '不能给自己代办。请找另一位窗口人员。',
    en: 'Nobody serves himself. Ask another clerk.',
  },
  'window-request-not-found': {
    status: 404,
    zh: '没有这项待确认的事。',
    en: 'There is nothing of that kind to confirm.',
  },
  'window-request-over': {
    status: 409,
    zh: '已经答复过，或超过 15 分钟，或窗口改写过。没有代你交出任何东西；要办请窗口重写一次。',
    en: 'It was answered, is over 15 minutes old, or was written anew. Nothing was handed in by this; have the window write it again.',
  },
  'window-request-of-another': {
    status: 409,
    zh: '扫到的是另一个人的码。请原来那位学生出示。',
    en: 'That is the code of somebody else. The student this is for has to show it.',
  },
  'tap-not-found': {
    status: 404,
    zh: '这次刷卡或刷手机已过期，或不在这个窗口。请学生再刷一次。',
    en: 'That tap is over or was at another window. Have the student tap again.',
  },
  'tap-taken': {
    status: 409,
    zh: '这次刷卡或刷手机已由一位同事使用，或已用过。',
    en: 'A colleague has taken that tap, or it was used already.',
  },
  'tap-too-early': {
    status: 409,
    zh: '这次刷在填写完成之前。请学生看过之后再刷一次。',
    en: 'That tap came before this was written. Have the student read it and tap again.',
  },
  'card-does-not-confirm': {
    status: 409,
    zh: '这个窗口不能只凭校园卡确认。请学生用手机确认。',
    en: 'At this window a campus card does not confirm. The student confirms with the phone.',
  },
  'portrait-not-compared': {
    status: 409,
    zh: '凭校园卡确认须先核对照片。请核对后再确认。',
    en: 'Compare the portrait first: a card may be borrowed. Then confirm with the card.',
  },
  'ticket-taken': { status: 409, zh: '你在这个窗口已有一个号。', en: 'You have a ticket for this window already.' },
  'ticket-not-found': { status: 404, zh: '没有这个号。', en: 'There is no such ticket.' },
  'ticket-not-called': {
    status: 409,
    zh: '这个号现在没有叫到。刷新后再看。',
    en: 'This ticket is not called now. Reload and look again.',
  },
  'tickets-too-fast': {
    status: 429,
    zh: '刚有人取过号。请等几秒再取。',
    en: 'A ticket was taken just now. Wait a few seconds.',
  },
  'talk-not-offered': {
    status: 409,
    zh: '这项服务没有拾到者和失主的留言。',
    en: 'This service has no talks between finder and owner.',
  },
  'talk-pair-unfit': {
    status: 409,
    zh: '这两件对不上：一件须是丢失、一件是拾到，物品相同，日期相近。',
    en: 'These two do not fit: one lost and one found, the same kind of thing, on days close to each other.',
  },
  'talk-with-oneself': {
    status: 409,
    zh: '两件是同一个人的，没有可以留言的对方。',
    en: 'Both cases are one person’s, so there is nobody to write to.',
  },
  'talk-not-found': { status: 404, zh: '没有这个留言。', en: 'There is no such talk.' },
  'talk-exists': {
    status: 409,
    zh: '这两件之间已有留言。刷新后再看。',
    en: 'There is a talk between these two already. Reload and look.',
  },
  'talk-over': {
    status: 409,
    zh: '留言已结束，不能再写。要问什么请找失物招领处。',
    en: 'The talk is over and takes no more messages. Ask at the office’s desk.',
  },
  'talk-holds-contact': {
    status: 422,
    zh: '这段话没有发出：里面有能认出或联系到你的内容。双方在这里不留姓名和联系方式；改掉后再发，见面在失物招领处，当面交接。',
    en: 'This was not sent: it holds something by which you could be known or called. Names and contact details stay out of here; change it and send it again. The hand-over is at the office’s desk.',
  },
  'talk-messages-at-most': {
    status: 429,
    zh: '一天最多 20 条。明天再写，或直接找失物招领处。',
    en: 'Twenty messages a day at most. Go on tomorrow, or ask at the office’s desk.',
  },
  'answer-not-found': { status: 404, zh: '没有这条公布的答复。', en: 'There is no such published answer.' },
  'published-already': { status: 409, zh: '这件事的答复已经公布过。', en: 'The answer to this was published already.' },
  'publication-not-closed': {
    status: 409,
    zh: '办结并回访之后才能公布。',
    en: 'It can be published once it is closed after the call-back.',
  },
  'publication-not-agreed': {
    status: 409,
    zh: '提出的人没有同意公布。',
    en: 'Who asked has not agreed that it is published.',
  },
  'publication-names-somebody': {
    status: 422,
    zh: '文字里有姓名、号码、班级或房间，会认出是谁。改掉后再公布。',
    en: 'The words hold a name, a number, a class or a room, which tells who it was. Change them and publish then.',
  },
  'rating-not-asked': { status: 409, zh: '办结后才能评价。', en: 'It can be rated once it is closed.' },
  'rated-already': { status: 409, zh: '已经评价过。', en: 'It has been rated already.' },
  'person-needed': {
    status: 403,
    zh: '须由登录的本人操作。请登录后再试。',
    en: 'This takes a person who is signed in. Sign in and try again.',
  },
  'roles-malformed': { status: 400, zh: '角色格式不对。', en: 'The roles cannot be read.' },
  'applicant-needed': { status: 422, zh: '代办须写明学生的学号。', en: 'Name the student this is for by number.' },
  'applicant-not-here': {
    status: 422,
    zh: '突发事件不针对某个学生，请去掉学号。',
    en: 'An incident is about no student: leave the number out.',
  },
  'applicant-unknown': { status: 422, zh: '学籍里没有这个人。', en: 'The register does not know this person.' },
  'occasion-unknown': {
    status: 422,
    zh: '这个环节没有这样的名额。',
    en: 'There are no such places at this step.',
  },
  'occasion-not-open': {
    status: 409,
    zh: '现在不能报名：没有开放，或已截止。',
    en: 'There is nothing to sign up for now: not open yet, or closed.',
  },
  'places-taken': { status: 409, zh: '没有空余名额。', en: 'No place is free.' },
  'places-given': {
    status: 409,
    zh: '已给出的名额比这个数多。',
    en: 'More places have been given than that.',
  },
  'signed-up-already': { status: 409, zh: '已经报过名。', en: 'You have signed up already.' },
  'service-not-found': { status: 404, zh: '没有这项服务。', en: 'There is no such service.' },
  'service-version-taken': {
    status: 409,
    zh: '这个版本已导入过其他内容。请提高版本号。',
    en: 'This version was imported with other content. Raise the version.',
  },
  'service-tests-failed': {
    status: 422,
    zh: '定义自带的测试没有通过，见 failed。改好后再发布。',
    en: 'Tests in the definition fail, see failed. Mend it and publish again.',
  },
  'service-malformed': { status: 422, zh: '定义不合要求，见 errors。', en: 'The definition does not fit, see errors.' },
  'service-not-in-force': { status: 409, zh: '这项服务现在不受理。', en: 'This service takes no cases now.' },
  'start-not-allowed': { status: 403, zh: '你不能发起这项服务。', en: 'You may not start this service.' },
  'survey-not-found': { status: 404, zh: '没有这份问卷。', en: 'There is no such survey.' },
  'survey-exists': { status: 409, zh: '已有同名的问卷。', en: 'There is a survey of that name.' },
  'survey-closed': { status: 409, zh: '问卷现在不收答案。', en: 'The survey takes no answers now.' },
  'survey-answered': { status: 409, zh: '你已答过这份问卷。', en: 'You have answered this survey.' },
  'nothing-attended': {
    status: 409,
    zh: '还没有已认定的签到签退记录，暂时不能出具。活动办结后再来。',
    en: 'No attendance of yours is confirmed yet, so there is nothing to certify. Come back when an activity is done.',
  },
  'form-invalid': {
    status: 422,
    zh: '表单有误，见 errors。改好后再提交。',
    en: 'The form does not fit, see errors. Mend it and hand it in again.',
  },
  'case-not-found': { status: 404, zh: '没有这个办件。', en: 'There is no such case.' },
  'case-version-conflict': {
    status: 409,
    zh: '办件已有变化。刷新后再看。',
    en: 'The case has changed. Reload and look again.',
  },
  'case-closed': { status: 409, zh: '办件已办结。', en: 'The case is closed.' },
  'case-not-returned': {
    status: 409,
    zh: '办件没有退回给你，不能重新提交。',
    en: 'The case was not returned to you, so nothing can be handed in again.',
  },
  'case-waits-for-applicant': {
    status: 409,
    zh: '办件已退回申请人，等他修改。',
    en: 'The case is with the applicant, who has to mend it.',
  },
  'step-not-open': {
    status: 409,
    zh: '这一步没有在办。刷新后再看。',
    en: 'This step is not open. Reload and look again.',
  },
  'duty-open': {
    status: 409,
    zh: '值班人员正在处理写到的危险，处理之后才能结束。',
    en: 'The duty is seeing to the danger that was named. It ends after that.',
  },
  'duty-note-missing': { status: 422, zh: '请写明做了什么。', en: 'Say what was done.' },
  'effect-under-way': {
    status: 409,
    zh: '学籍系统正在办理这一步。稍后再看。',
    en: 'The register is carrying this step out. Look again in a moment.',
  },
  'effect-done': {
    status: 409,
    zh: '学籍已经变更，不能撤回或退回。须更正时由学籍管理员办理。',
    en: 'The register has changed: this can be neither called off nor sent back. Registrars correct it there.',
  },
  'not-your-turn': { status: 403, zh: '这一步不归你办。', en: 'This is not yours to do.' },
  'own-case': { status: 403, zh: '不能审批自己的申请。', en: 'Nobody decides on his own case.' },
  'signed-already': {
    status: 409,
    zh: '你或你代替的人已经签过这一步。',
    en: 'You, or who you stand in for, have signed this step.',
  },
  'verb-not-here': { status: 409, zh: '这一步不能这样办。', en: 'That cannot be done here.' },
  'choice-unknown': { status: 422, zh: '请选择由谁承办。', en: 'Choose who does the work.' },
  'checklist-open': {
    status: 409,
    zh: '清单还没勾完。做不了的也勾上，并写明原因。',
    en: 'The list is not done. Tick what cannot be done too, and say why.',
  },
  'item-unknown': { status: 422, zh: '清单里没有这一项。', en: 'The list has no such item.' },
  'item-ticked': { status: 409, zh: '这一项已经勾过了。', en: 'This item is ticked already.' },
  'note-empty': { status: 422, zh: '请写明做了什么或看到什么。', en: 'Say what was done or seen.' },
  'log-full': {
    status: 409,
    zh: '记录已满。请办结这件，后续另报一件。',
    en: 'The log is full. Finish this one and report what follows as another.',
  },
  'files-at-most': {
    status: 409,
    zh: '一件突发事件最多 20 个文件。这条记录没有写入，请去掉几个文件再写。',
    en: 'An incident holds 20 files at most. This note was not written: take files out of it and write it again.',
  },
  'no-step-before': { status: 409, zh: '前面没有可退回的步骤。', en: 'There is no step before to return to.' },
  'return-target-invalid': {
    status: 422,
    zh: '只能退回到已办过的前面步骤。',
    en: 'Return to an earlier step that was done.',
  },
  'person-not-possible': {
    status: 422,
    zh: '这个人是申请人，或已在这一步中，或不是教职工。',
    en: 'This person is the applicant, has a part in the step, or is not staff.',
  },
  'cosigners-at-most': { status: 409, zh: '加签最多 8 人。', en: 'Eight co-signers at most.' },
  'cosigner-missing': { status: 409, zh: '这个人没有待签的加签。', en: 'This person has nothing to co-sign here.' },
  'urged-recently': { status: 429, zh: '24 小时内已催办过。', en: 'It was urged within 24 hours.' },
  'page-key-invalid': {
    status: 400,
    zh: '翻页位置无效。请从第一页开始。',
    en: 'This page key is not valid. Start with the first page.',
  },
  'document-not-found': { status: 404, zh: '这个办件没有这份文件。', en: 'This case has no such document.' },
  'check-not-found': { status: 404, zh: '没有这项核对。', en: 'There is no such check.' },
  'check-answered': { status: 409, zh: '已经答过别的结果。', en: 'It was answered otherwise before.' },
  'source-not-found': { status: 404, zh: '没有登记这个来源系统。', en: 'No source system of that name is registered.' },
  'source-key-invalid': {
    status: 422,
    zh: '公钥无效。须为 P-256 公钥（JWK）。',
    en: 'The key is not valid. It has to be the public half of a P-256 key, as a JWK.',
  },
  'delegation-to-oneself': { status: 422, zh: '不能委托给自己。', en: 'Delegate to somebody else.' },
  'delegation-period-invalid': {
    status: 422,
    zh: '委托期须在 60 天以内，且尚未结束。',
    en: 'A delegation lasts 60 days at most and is not over.',
  },
  'delegations-at-most': { status: 409, zh: '同时最多 10 项委托。', en: 'Ten delegations at most at a time.' },
  'delegation-not-found': {
    status: 404,
    zh: '没有这项委托，或已结束。',
    en: 'There is no such delegation, or it is over.',
  },
  'mail-not-offered': {
    status: 409,
    zh: '这里没有设邮件服务器，收不了邮件。站内通知照常。',
    en: 'No mail server is set up here. Notices in the application work as always.',
  },
  'mail-codes-at-most': {
    status: 429,
    zh: '确认码每分钟发一次，一天最多 5 次。过一会儿再要。',
    en: 'One code a minute, five a day. Ask again later.',
  },
  'mail-address-at-most': {
    status: 429,
    zh: '这个邮箱今天已收到 10 次确认码。明天再要，或换一个邮箱。',
    en: 'This address was mailed ten codes today. Ask again tomorrow, or give another address.',
  },
  'mail-code-wrong': {
    status: 422,
    zh: '确认码不对。看一下最新那封邮件里的 6 位数字。',
    en: 'This is not the code. Look for the six digits in the newest mail.',
  },
  'mail-code-expired': {
    status: 409,
    zh: '确认码已过期、已用过，或试错太多次。请再要一个。',
    en: 'The code has expired, was used, or was wrong too often. Ask for another one.',
  },
  'mail-address-refused': {
    status: 422,
    zh: '对方邮件服务器说没有这个邮箱。请检查地址。',
    en: 'Its mail server says there is no such address. Check it.',
  },
  'push-endpoint-not-allowed': {
    status: 422,
    zh: '这个推送地址不能用：须为公网 https 地址。',
    en: 'This push address cannot be used: it has to be https on the public internet.',
  },
  'messenger-not-found': {
    status: 404,
    zh: '没有登记校园消息的接收端。',
    en: 'No receiver of a campus messenger is registered.',
  },
  'messenger-secret-invalid': {
    status: 422,
    zh: '密钥无效。须为 whsec_ 开头，base64 的 24 到 64 字节。',
    en: 'The secret is not valid. It begins with whsec_, followed by 24 to 64 bytes in base64.',
  },
  'messenger-url-not-allowed': {
    status: 422,
    zh: '这个地址不能用：须为公网 https 地址，或在 LANYARD_FETCH_ALLOW 中。',
    en: 'This address cannot be used: https on the public internet, or named in LANYARD_FETCH_ALLOW.',
  },
};
