import type { Words } from '@lanyard/look/forms/form-schema.js';
import { bothLanguages, ownEnglish } from './both-languages.js';

export interface OfficeScope {
  readonly kind: string;
  readonly value: string;
}
interface Opening {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}
/** A window as it is set (`PUT campus/v1/windows/{id}`). */
export interface SetWindow {
  readonly id: string;
  readonly title: Words;
  readonly place: Words;
  readonly services: readonly string[];
  readonly clerks: { readonly role: string; readonly scope: OfficeScope };
  readonly hours: readonly Opening[];
  readonly kiosk: boolean;
  /** The checkpoint of the verifier whose reader stands there. */
  readonly reader: string | null;
  readonly card_confirms: boolean;
}
export interface WindowSettings {
  /** Parts of the university one sets windows of; none where one sets none. */
  readonly scopes: readonly OfficeScope[];
  readonly windows: readonly SetWindow[];
  readonly services: readonly { readonly id: string; readonly title: Words }[];
}

/** A window as it is written in the form. */
export interface WindowDraft {
  id: string;
  titleZh: string;
  titleEn: string;
  placeZh: string;
  placeEn: string;
  services: string[];
  scope: number;
  days: number[];
  /** One span a line: `08:30-12:00`. */
  spans: string;
  kiosk: boolean;
  /** Empty where no reader stands there. */
  reader: string;
  cardConfirms: boolean;
}

export const newWindow = (): WindowDraft => ({
  ...{ id: '', titleZh: '', titleEn: '', placeZh: '', placeEn: '', services: [], scope: 0, kiosk: false },
  ...{ reader: '', cardConfirms: false },
  ...{ days: [1, 2, 3, 4, 5], spans: '08:30-12:00\n14:00-17:30' },
});

/** For changing a window: all its spans are shown for the days of the first. */
export function draftOf(window: SetWindow, scopes: readonly OfficeScope[]): WindowDraft {
  const { id, title, place, services, clerks, hours, kiosk, reader, card_confirms: cardConfirms } = window;
  const scope = scopes.findIndex(({ kind, value }) => kind === clerks.scope.kind && value === clerks.scope.value);
  return {
    ...{ id, titleZh: title.zh, titleEn: ownEnglish(title), placeZh: place.zh, placeEn: ownEnglish(place), kiosk },
    ...{ services: [...services], scope: Math.max(0, scope), days: [...(hours[0]?.days ?? [])] },
    ...{ reader: reader ?? '', cardConfirms },
    spans: hours.map(({ from, to }) => `${from}-${to}`).join('\n'),
  };
}

const SPAN = /^\s*(\d{2}:\d{2})\s*[-–—]\s*(\d{2}:\d{2})\s*$/;

/** The body; undefined where a line is no span. */
export function windowBody(draft: WindowDraft, scopes: readonly OfficeScope[]): object | undefined {
  const lines = draft.spans.split('\n').filter((line) => line.trim() !== '');
  const spans = lines.map((line) => SPAN.exec(line));
  if (lines.length === 0 || spans.some((span) => span === null)) return undefined;
  const days = [...draft.days].sort();
  const reader = draft.reader.trim();
  return {
    ...{ title: bothLanguages(draft.titleZh, draft.titleEn), place: bothLanguages(draft.placeZh, draft.placeEn) },
    ...{ services: draft.services, kiosk: draft.kiosk },
    // Without a reader there is no card that could confirm.
    ...{ reader: reader === '' ? null : reader, card_confirms: reader !== '' && draft.cardConfirms },
    clerks: { role: 'window-clerk', scope: scopes[draft.scope] ?? { kind: 'university', value: '' } },
    hours: spans.flatMap((span) => (span === null ? [] : [{ days, from: span[1], to: span[2] }])),
  };
}
