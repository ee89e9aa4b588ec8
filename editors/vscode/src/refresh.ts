// Ghost text that got better while it was on screen: ask again, and never take anything from the person.

import * as vscode from 'vscode';
import type { Refresh } from './protocol';

/** How long the editor may take from our request to its question. */
const QUESTION_MS = 500;
/** How often it is asked, since it takes a question of its own that is still under way for ours, and asks nobody. */
const TRIES = 3;

export class GhostText {
  #askedUntil = 0;
  #newest = 0;

  /** Whether a question for ghost text that comes now is the answer to `ask`: it counts as automatic then. */
  isAsking(): boolean {
    const is = performance.now() < this.#askedUntil;
    this.#askedUntil = 0;
    return is;
  }

  /** There is a better text: ask for it, if the person is still where it is for. */
  async ask(refresh: Refresh): Promise<void> {
    const mine = (this.#newest += 1);
    for (let tries = 0; tries < TRIES && mine === this.#newest; tries += 1) {
      const editor = vscode.window.activeTextEditor;
      if (editor === undefined || !vscode.window.state.focused || !isThere(editor, refresh)) {
        return;
      }
      this.#askedUntil = performance.now() + QUESTION_MS;
      // Newer versions take `explicit`; older ones ignore it, and the middleware makes the question automatic.
      await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false });
      await new Promise((over) => setTimeout(over, QUESTION_MS / 2));
      if (this.#askedUntil === 0) {
        return;
      }
    }
  }
}

function isThere(editor: vscode.TextEditor, { uri, version, position }: Refresh): boolean {
  const { document, selections } = editor;
  const at = selections[0];
  return (
    document.version === version &&
    document.uri.toString() === vscode.Uri.parse(uri).toString() &&
    selections.length === 1 &&
    at !== undefined &&
    at.isEmpty &&
    at.active.isEqual(new vscode.Position(position.line, position.character))
  );
}
