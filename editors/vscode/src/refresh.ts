// Ghost text that got better while it was on screen: ask again, and never take anything from the person.

import * as vscode from 'vscode';
import type { Refresh } from './protocol';

/** How long the editor may take from our request to its question. */
const QUESTION_MS = 500;

export class GhostText {
  #askedUntil = 0;

  /** Whether a question for ghost text that comes now is the answer to `ask`: it counts as automatic then. */
  isAsking(): boolean {
    const is = performance.now() < this.#askedUntil;
    this.#askedUntil = 0;
    return is;
  }

  /** There is a better text: ask for it, if the person is still where it is for. */
  async ask(refresh: Refresh): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || !vscode.window.state.focused || !isThere(editor, refresh)) {
      return;
    }
    this.#askedUntil = performance.now() + QUESTION_MS;
    // Newer versions take `explicit`; older ones ignore it, and the middleware makes the question automatic.
    await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false });
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
