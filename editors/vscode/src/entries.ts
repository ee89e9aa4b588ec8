// What the menu offers in which state.

import type { Status } from './protocol';
import { lacksKeys } from './unserved';
import type { ServerState } from './words';

export interface Facts {
  readonly state: ServerState;
  readonly isPaused: boolean;
  readonly runs: number;
  /** What each tier can do, once the server has said so. */
  readonly tiers?: Status['tiers'] | undefined;
}

export interface Entry {
  readonly label: string;
  readonly description?: string;
  readonly command: string;
}

/** Return the entries, the most likely first. */
export function entries({ state, isPaused, runs, tiers }: Facts): Entry[] {
  const found: Entry[] = [];
  if (state === 'missing') {
    found.push({ label: '$(cloud-download) Install the server', command: 'tierlsp.ui.install' });
  }
  if (state === 'running') {
    if (runs > 0) {
      found.push({ label: `$(stop-circle) Cancel what runs (${runs})`, command: 'tierlsp.ui.cancel' });
    }
    found.push(
      isPaused
        ? { label: '$(play) Resume', command: 'tierlsp.ui.resume' }
        : { label: '$(debug-pause) Pause', description: 'no ghost text until you resume', command: 'tierlsp.ui.pause' },
      { label: '$(question) Route of the last action', description: 'who, why, at what price', command: 'tierlsp.ui.route' },
      { label: '$(law) Consent for this workspace', description: 'whether cloud models may read it', command: 'tierlsp.ui.consent' },
    );
  }
  if (state === 'running' && tiers?.local.model === null) {
    found.push({ label: '$(desktop-download) Pull a model', description: tiers.local.detail, command: 'tierlsp.ui.pullModel' });
  }
  if (state === 'running' || state === 'stopped') {
    found.push(
      { label: '$(graph) Usage', description: 'what the models cost', command: 'tierlsp.ui.usage' },
      { label: '$(pulse) Doctor', description: 'what serves each tier, and how to mend what does not', command: 'tierlsp.ui.doctor' },
    );
  }
  found.push(
    lacksKeys(tiers)
      ? { label: '$(key) API keys', description: 'none was found, so that no cloud model serves actions', command: 'tierlsp.ui.keys' }
      : { label: '$(key) API keys', command: 'tierlsp.ui.keys' },
    { label: '$(book) The first minutes', description: 'model, key, ghost text, action, one after the other', command: 'tierlsp.ui.walkthrough' },
    { label: '$(gear) Settings', command: 'tierlsp.ui.settings' },
    { label: '$(output) Log', command: 'tierlsp.ui.log' },
    { label: '$(debug-restart) Restart the server', command: 'tierlsp.ui.restart' },
  );
  return found;
}
