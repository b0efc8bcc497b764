import type { PersonActor } from '../cases/action.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { type HeldRole, reaches } from '../people/person.js';
import { seesService } from '../views/who-sees.js';
import type { OpeningTime } from './opening-hours.js';

interface Words {
  readonly zh: string;
  readonly en: string;
}
/** A place where clerks serve students, with the services they can do there. */
export interface ServiceWindow {
  readonly id: string;
  readonly title: Words;
  readonly place: Words;
  readonly services: readonly string[];
  /** Who works at it: this role for this part of the university, or for the whole. */
  readonly clerks: HeldRole;
  readonly hours: readonly OpeningTime[];
  /** Numbers are given without a sign-in, at a kiosk beside it. */
  readonly kiosk: boolean;
  /** The verifier's checkpoint whose reader stands here; null where there is none. */
  readonly reader: string | null;
  /** A campus card alone may confirm, beside a clerk who says that he compared the portrait. */
  readonly cardConfirms: boolean;
}

/** Whether somebody is a clerk at a window, by a role of his own: nobody stands in for another there. */
export const worksAt = ({ clerks }: ServiceWindow, { roles }: PersonActor): boolean =>
  roles.some((held) => reaches(held, clerks));

/**
 * Whether a clerk may be offered a service at a window: it is served there, he may know of it, and students may begin it
 * themselves, because it is the student who does so through him.
 */
export const offers = (window: ServiceWindow, definition: ServiceDefinition, clerk: PersonActor): boolean =>
  window.services.includes(definition.id) && definition.start.students && seesService(definition, clerk);
