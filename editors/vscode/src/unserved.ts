// A menu of which nothing can be done, since no model serves: VS Code hides such entries, so that it would seem empty.

import type { Status } from './protocol';

/** What is looked at of an entry. */
export interface Offered {
  readonly disabled?: { readonly reason: string } | undefined;
}

/** What stands in the menu then. */
export const UNSERVED_TITLE = 'No model can do this now: see why, or give an API key …';

/** Return why nothing of a menu can be done, in the server's words; `undefined` if something can, or it is empty. */
export function unservedReason(entries: readonly Offered[]): string | undefined {
  const reasons = entries.map(({ disabled }) => disabled?.reason);
  return reasons.includes(undefined) ? undefined : reasons[0];
}

/** Whether no cloud model serves for want of a key, and of a model that is named. */
export function lacksKeys(tiers: Status['tiers'] | undefined): boolean {
  return tiers?.cheap.state === 'unconfigured' && tiers.premium.state === 'unconfigured';
}

/** Return what a person is told who wants to know why. */
export function unservedWords(reason: string, tiers: Status['tiers'] | undefined): string {
  const key = 'One API key is enough for both cloud tiers: OPENROUTER_API_KEY. "Give a key" keeps it in the secret storage.';
  return `tierlsp: ${reason}.${lacksKeys(tiers) ? ` ${key}` : ''}`;
}
