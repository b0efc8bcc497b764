import type { About, CaseFile } from '../domain/inbox.js';
import { t } from './texts.js';
import type { WordTable } from './word-of.js';

/** What people and the clock did in an incident, by the kind of event; how the case keeps its own books is left out. */
export const INCIDENT_EVENTS: WordTable = {
  submitted: { zh: '上报', en: 'Reported' },
  'step-opened': { zh: '开始', en: 'begins' },
  signed: { zh: '完成', en: 'done' },
  escalated: { zh: '超时，已升级', en: 'late, one more office called' },
  reminded: { zh: '超时，已提醒', en: 'late, called again' },
  returned: { zh: '重新处置', en: 'gone through again' },
  'slot-transferred': { zh: '已转交', en: 'handed on' },
  'cosigner-added': { zh: '已加人', en: 'somebody was added' },
  'cosigner-dropped': { zh: '已减人', en: 'somebody was taken off' },
  closed: { zh: '结束', en: 'ended' },
};

/** A file by its name, and how large it is. */
export const fileText = ({ name, bytes }: CaseFile): string => t('case-file', { name, kb: Math.ceil(bytes / 1024) });

/** In the place of a name: of an incident, or of somebody whom this reader may not know. */
export const namelessText = ({ about }: { readonly about: About }): string =>
  t(about === 'incident' ? 'about-incident' : 'inbox-hidden');
