// The first minutes: the walkthrough, a file to try things in, and what its steps are ticked off by.

import * as vscode from 'vscode';
import { contextsOf, SAMPLE } from './firsts';
import type { Status } from './protocol';
import type { ServerState } from './words';

export class FirstMinutes {
  readonly #told = new Map<string, string | boolean>();

  constructor(private readonly walkthrough: string) {}

  /** The server's state, or what it says of itself, has changed. */
  onChange(state: ServerState, status: Status | undefined): void {
    for (const [key, value] of Object.entries(contextsOf(state, status))) {
      this.#tell(key, value);
    }
  }

  /** Ghost text was taken. */
  onAccepted(): void {
    this.#tell('tierlsp.hasTaken', true);
  }

  /** An action came to a good end. */
  onDone(): void {
    this.#tell('tierlsp.hasRun', true);
  }

  async open(): Promise<void> {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', this.walkthrough, false);
  }

  #tell(key: string, value: string | boolean): void {
    if (this.#told.get(key) !== value) {
      this.#told.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  }
}

/** Open a file that is on no disk, with the cursor where typing begins. */
export async function openSample(): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ language: 'python', content: SAMPLE });
  const end = document.lineAt(document.lineCount - 1).range.end;
  const editor = await vscode.window.showTextDocument(document, { preview: false, selection: new vscode.Range(end, end) });
  editor.revealRange(new vscode.Range(end, end), vscode.TextEditorRevealType.InCenter);
  return editor;
}

/** Show the menu of actions for what is selected; without a text, for a function to try them on. */
export async function showActions(): Promise<void> {
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0] ?? (await sampleFunction());
  // A page such as the walkthrough has the focus: the menu is one of a text's.
  await vscode.window.showTextDocument(editor.document, { viewColumn: editor.viewColumn ?? vscode.ViewColumn.Active, selection: editor.selection });
  await vscode.commands.executeCommand('editor.action.codeAction', { kind: 'refactor', apply: 'never' });
}

async function sampleFunction(): Promise<vscode.TextEditor> {
  const old = vscode.workspace.textDocuments.find((document) => document.isUntitled && document.getText().startsWith(SAMPLE.trimEnd()));
  const editor = old === undefined ? await openSample() : await vscode.window.showTextDocument(old, { preview: false });
  const [first, last] = [3, 7];
  editor.selection = new vscode.Selection(first, 0, last, editor.document.lineAt(last).text.length);
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenter);
  return editor;
}
