import { type Language, language } from '@lanyard/look/staff/language.js';
import { enrolmentText } from './enrolment.js';
import { reasonText } from './reasons.js';
import { t } from './texts.js';

/** What the audit calls things, in plain words; what is not here is shown by its code. */
const ACTIONS = {
  'credential.suspended': { zh: '停用学生证', en: 'Student ID suspended' },
  'credential.reinstated': { zh: '恢复学生证', en: 'Student ID reinstated' },
  'credential.revoked': { zh: '注销学生证', en: 'Student ID revoked' },
  'offer.created': { zh: '生成领证链接', en: 'Offer made' },
  'offer.redeemed': { zh: '钱包领证', en: 'Offer redeemed by a wallet' },
  'card.bound': { zh: '发校园卡', en: 'Campus card handed out' },
  'card.suspended': { zh: '停用校园卡', en: 'Campus card suspended' },
  'card.reinstated': { zh: '恢复校园卡', en: 'Campus card reinstated' },
  'card.lost': { zh: '挂失校园卡', en: 'Campus card reported lost' },
  'card.replaced': { zh: '换校园卡', en: 'Campus card replaced' },
  'card.replayed': { zh: '校园卡旧读数', en: 'Campus card read again' },
  'card.personalised': { zh: '写好校园卡', en: 'Campus card written' },
  'card.personalisation-ended': { zh: '写卡中断', en: 'Writing a campus card ended' },
  'card-batch.created': { zh: '新建校园卡批次', en: 'Batch of campus cards made' },
  'card-batch.closed': { zh: '结束校园卡批次', en: 'Batch of campus cards closed' },
  'semester-registration.changed': { zh: '变更学期注册', en: 'Semester registration changed' },
  'policy-class.changed': { zh: '变更通行类别', en: 'Policy class changed' },
  'portrait.changed': { zh: '更换照片', en: 'Portrait changed' },
  'portrait.handed-in': { zh: '提交照片', en: 'Portrait handed in' },
  'portrait.reviewed': { zh: '查看待审照片', en: 'Portrait looked at for review' },
  'portrait.accepted': { zh: '照片通过', en: 'Portrait accepted' },
  'portrait.rejected': { zh: '照片退回', en: 'Portrait rejected' },
  'approval-rule.asked': { zh: '提出变更复核规则', en: 'Change of the second person’s rule asked for' },
  'approval-rule.declined': { zh: '驳回复核规则变更', en: 'Change of the second person’s rule declined' },
  'approval-rule.expired': { zh: '复核规则变更过期', en: 'Change of the second person’s rule expired' },
  'approval-rule.changed': { zh: '变更复核规则', en: 'Rule of the second person changed' },
  'roster.expired': { zh: '导入逾期未批', en: 'Import not approved in time' },
  'bulk-run.expired': { zh: '批量办理逾期未批', en: 'Bulk run not approved in time' },
  'student.opened-at-window': { zh: '窗口扫码打开学生', en: 'Student opened at a window' },
  'student.looked-up': { zh: '门岗查找学生', en: 'Student looked up at a gate' },
  'door-tag.registered': { zh: '登记门上标签', en: 'Door tag registered' },
  'door-tag.withdrawn': { zh: '停用门上标签', en: 'Door tag withdrawn' },
  'door-tag.replayed': { zh: '门上标签旧链接', en: 'Address of a door tag came again' },
  'guard.released': { zh: '人工放行', en: 'Let in by hand' },
  'anti-passback.forgiven': { zh: '清除进出记录', en: 'Side of a zone forgotten' },
  'agent.certificate-made': { zh: '签发终端证书', en: 'Certificate of an agent made' },
  'agent.bundle-made': { zh: '生成终端证书包', en: 'Certificate bundle of an agent made' },
  'agent-settings.set': { zh: '改终端设置', en: 'Settings of agents changed' },
  'emergency-mode.set': { zh: '设置应急模式', en: 'Emergency mode set' },
  'emergency-list.added': { zh: '加入应急名单', en: 'Put on an emergency list' },
  'emergency-list.removed': { zh: '移出应急名单', en: 'Taken off an emergency list' },
  'emergency-mode.ended': { zh: '结束应急模式', en: 'Emergency mode ended' },
  'double-use.found': { zh: '发现同码两用', en: 'Code used at two gates' },
  'paper-pass.issued': { zh: '打印一日凭条', en: 'Paper pass issued' },
  'paper-pass.revoked': { zh: '收回一日凭条', en: 'Paper pass taken back' },
  'student.viewed': { zh: '查看学生', en: 'Student viewed' },
  'student.face-shown': { zh: '核验时显示姓名照片', en: 'Name and portrait shown at a check' },
  'roster.applied': { zh: '名册导入写入', en: 'Written by a roster import' },
  'student.changed': { zh: '变更学生信息', en: 'Student details changed' },
  'status-change.recorded': { zh: '登记学籍变更', en: 'Status change recorded' },
  'status-change.reversed': { zh: '撤销学籍变更', en: 'Status change reversed' },
  'status-change.refused': { zh: '计划的变更未能执行', en: 'Planned change no longer possible' },
  'semester.set': { zh: '设置学期注册', en: 'Semester registration set up' },
  'semester.confirmed': { zh: '学生确认注册', en: 'Registration confirmed by the student' },
  'semester.fact-set': { zh: '登记缴费或到校', en: 'Fee or presence noted' },
  'bulk-run.opened': { zh: '批量办理提交', en: 'Bulk run opened' },
  'bulk-run.approved': { zh: '批量办理批准', en: 'Bulk run approved' },
  'bulk-run.declined': { zh: '批量办理驳回', en: 'Bulk run declined' },
  'bulk-run.applied': { zh: '批量办理完成', en: 'Bulk run done' },
  'bulk-run.undo-asked': { zh: '批量办理申请撤销', en: 'Undo of a bulk run asked for' },
  'bulk-run.undo-approved': { zh: '批量办理批准撤销', en: 'Undo of a bulk run approved' },
  'bulk-run.undone': { zh: '批量办理已撤销', en: 'Bulk run undone' },
  'enrolment-status.changed': { zh: '变更学籍状态', en: 'Enrolment status changed' },
  'credential.issued': { zh: '签发学生证', en: 'Student ID issued' },
  'gate-key.enrolled': { zh: '登记闸机密钥', en: 'Gate key enrolled' },
  'agent-enrolment.opened': { zh: '开终端登记码', en: 'Enrolment code for an agent made' },
  'agent.enrolled': { zh: '登记终端', en: 'Agent enrolled' },
  'agent.withdrawn': { zh: '停用终端', en: 'Agent withdrawn' },
  'staff-link.created': { zh: '开核验登录链接', en: 'Staff sign-in link made' },
  'staff-session.opened': { zh: '核验人员登录', en: 'Staff signed in' },
  'staff-session.ended': { zh: '核验人员退出', en: 'Staff signed out' },
  'session.started': { zh: '登录', en: 'Signed in' },
  'session.stepped-up': { zh: '加强登录', en: 'Stepped up' },
  'session.ended': { zh: '登录结束', en: 'Sign-in ended' },
  'account.added': { zh: '新增账号', en: 'Account added' },
  'account.changed': { zh: '变更账号', en: 'Account changed' },
  'account.closed': { zh: '关闭账号', en: 'Account closed' },
  'account.claimed': { zh: '认领账号', en: 'Account claimed' },
  'account.recovered': { zh: '恢复账号', en: 'Account recovered' },
  'claim-code.issued': { zh: '发认领码', en: 'Claim code issued' },
  'passkey.added': { zh: '新增通行密钥', en: 'Passkey added' },
  'passkey.removed': { zh: '移除通行密钥', en: 'Passkey removed' },
  'passkey.refused': { zh: '拒绝通行密钥', en: 'Passkey refused' },
  'password.set': { zh: '设置密码', en: 'Password set' },
  'password.removed': { zh: '移除密码', en: 'Password removed' },
  'recovery.opened': { zh: '发起恢复', en: 'Recovery opened' },
  'recovery.approved': { zh: '批准恢复', en: 'Recovery approved' },
  'consent.given': { zh: '同意提供信息', en: 'Consent given' },
  'consent.refused': { zh: '不同意提供信息', en: 'Consent refused' },
  'consent.withdrawn': { zh: '撤回同意', en: 'Consent withdrawn' },
  'relying-party.added': { zh: '登记依赖方', en: 'Relying party added' },
  'relying-party.changed': { zh: '修改依赖方', en: 'Relying party changed' },
  'relying-party.disabled': { zh: '停用依赖方', en: 'Relying party disabled' },
  'verification.decided': { zh: '核验', en: 'Verification decided' },
} as const satisfies Record<string, Record<Language, string>>;

export const KNOWN_ACTIONS = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];

export function actionText(action: string): string {
  return action in ACTIONS ? ACTIONS[action as keyof typeof ACTIONS][language.value] : action;
}

export function actorText(actor: string | undefined): string {
  if (actor === undefined) return '';
  return actor === 'operator' ? t('operator') : actor;
}

/** The few details staff read in a list; the rest stays in the audit row. */
export function detailText(detail: Record<string, unknown> | null | undefined): string {
  if (detail === null || detail === undefined) return '';
  const parts: string[] = [];
  for (const [key, value] of Object.entries(detail)) {
    if (key === 'reason_code') parts.push(reasonText(String(value)));
    else if (key === 'registered_until') parts.push(value === null ? t('never-registered') : String(value));
    else if (key === 'from' || key === 'to') parts.push(`${key === 'to' ? '→ ' : ''}${enrolmentText(String(value))}`);
    else if (key === 'import') parts.push(t('import-number', { n: String(value) }));
    else if ((key === 'inserted' || key === 'changed') && typeof value === 'number')
      parts.push(t(`rows-${key}`, { n: value }));
    else if (Array.isArray(value)) parts.push(value.join(', '));
    else if (typeof value === 'string' || typeof value === 'number') parts.push(String(value));
  }
  return parts.join(', ');
}
