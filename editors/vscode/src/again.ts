// After an edit: once other tools have looked at the new text, say what still stands, and offer the tier above.

import * as vscode from 'vscode';
import type { CodeActionParams } from 'vscode-languageclient';
import type { Finished, RunArgument } from './protocol';
import { offerIn, Settling, type EditedRun, type Offer } from './standing';

const TRY = 'Try it';

export interface Asking {
  /** Ask the server for the menu at a place; it costs nothing. */
  menu(params: Omit<CodeActionParams, 'context'>, diagnostics: vscode.Diagnostic[]): Promise<unknown>;
  /** Begin what was offered. */
  run(argument: RunArgument): Promise<void>;
}

export class Again implements vscode.Disposable {
  readonly #settling = new Settling(
    (run) => this.#look(run),
    (offer) => void this.#tell(offer),
  );
  readonly #subscriptions = [
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      for (const uri of uris) {
        const document = opened(uri.toString());
        if (document !== undefined) {
          this.#settling.spoke(uri.toString(), document.version);
        }
      }
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#settling.forget(uri.toString())),
  ];

  constructor(private readonly asking: Asking) {}

  /** A run has ended: if it made an edit that was about problems, see what becomes of them. */
  onFinished(finished: Finished): void {
    const edited = finished.edited;
    if (edited !== undefined) {
      this.#settling.begin({ ...finished, edited: { ...edited, uri: vscode.Uri.parse(edited.uri).toString() } });
    }
  }

  /** The server is gone, and what it knew of edits. */
  stop(): void {
    this.#settling.stop();
  }

  dispose(): void {
    this.#settling.stop();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** Look for what the server offers for what is reported where the edit was made. */
  async #look({ runId, edited }: EditedRun): Promise<Offer | undefined> {
    const document = opened(edited.uri);
    const { start, end } = edited.range;
    const lines = new vscode.Range(start.line, start.character, end.line, end.character);
    const there = document === undefined ? [] : vscode.languages.getDiagnostics(document.uri).filter(({ range }) => range.intersection(lines) !== undefined);
    return there.length === 0 ? undefined : offerIn(await this.asking.menu({ textDocument: { uri: edited.uri }, range: edited.range }, there), runId);
  }

  async #tell(offer: Offer): Promise<void> {
    if ((await vscode.window.showInformationMessage(`tierlsp: ${offer.title}`, TRY)) === TRY) {
      await this.asking.run(offer.argument);
    }
  }
}

function opened(uri: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
}
