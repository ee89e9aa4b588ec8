// A name that was chosen, given by the editor's own rename: the language's extension knows the other files.
//
// Nothing is said here: the server says how it went at the end of the run.

import type { Rename, Renamed } from './protocol';

/** What it takes of the editor. */
export interface RenameEditor<Edit> {
  /** The version of the document now; `undefined` if it is not open. */
  version(): number | undefined;
  /** The edit of the language's own rename, empty where nobody offers one; fails with the reason where it refuses. */
  edit(): Promise<Edit | undefined>;
  reach(edit: Edit): { readonly places: number; readonly files: number };
  /** Make the edit, all of it or nothing. */
  apply(edit: Edit): Promise<boolean>;
}

const CHANGED: Renamed = { outcome: 'refused', reason: 'the file has changed meanwhile' };

/** Give the name, and return what came of it. */
export async function rename<Edit>(asked: Rename, editor: RenameEditor<Edit>, isCancelled: () => boolean): Promise<Renamed> {
  const isOutdated = (): boolean => editor.version() !== asked.textDocument.version;
  if (isOutdated()) {
    return CHANGED;
  }
  let edit: Edit | undefined;
  try {
    edit = await editor.edit();
  } catch (error) {
    return { outcome: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
  const reach = edit === undefined ? { places: 0, files: 0 } : editor.reach(edit);
  if (edit === undefined || reach.places === 0) {
    return { outcome: 'none' };
  }
  // It may have taken a while. From here to the edit nobody is waited for.
  if (isCancelled()) {
    return { outcome: 'refused', reason: 'the action has ended' };
  }
  if (isOutdated()) {
    return CHANGED;
  }
  return (await editor.apply(edit)) ? { outcome: 'renamed', ...reach } : { outcome: 'refused', reason: 'the editor did not make the changes' };
}
