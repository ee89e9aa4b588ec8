// Ghost text that got better while it was on screen: ask again, and never take anything from the person.
//
// VS Code keeps an answer for as long as neither text nor cursor change, and does not ask its providers a second time. One
// that it has not asked yet is asked; so each time there is one more, for this one question, and the last one goes.

import * as vscode from 'vscode';
import { once } from './once';
import type { Refresh } from './protocol';

export class GhostText implements vscode.Disposable {
  #asker: vscode.Disposable | undefined;

  /** `extension` is the identifier of this extension. */
  constructor(private readonly extension: string) {}

  /** There is a better text: ask `provider` for it, if the person is still where it is for. */
  async ask(refresh: Refresh, provider: vscode.InlineCompletionItemProvider): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || !vscode.window.state.focused || !isThere(editor, refresh)) {
      return;
    }
    const before = this.#asker;
    this.#asker = vscode.languages.registerInlineCompletionItemProvider(
      { scheme: editor.document.uri.scheme },
      // It may be about another place: a key that came meanwhile has VS Code drop its own question for ours.
      { provideInlineCompletionItems: once((...question) => provider.provideInlineCompletionItems(...question)) },
    );
    // Of those with this name the newest is asked, and alone.
    await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', { explicit: false, providerId: `${this.extension}:*` });
    // Only now: what was on the screen may have been its.
    before?.dispose();
  }

  dispose(): void {
    this.#asker?.dispose();
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
