// Pages to read: the server's in a Markdown preview, our own by a virtual document, the money in a webview.

import * as vscode from 'vscode';

const SCHEME = 'tierlsp-page';

export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registered = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.#changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? '';
  }

  /** Show Markdown of our own. */
  async show(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/tierlsp ${name}.md` });
    this.#texts.set(uri.path, text);
    this.#changed.fire(uri);
    if (!(await this.preview(uri))) {
      await vscode.window.showTextDocument(uri, { preview: true });
    }
  }

  /** Show a Markdown file beside the text; `false` if there is no preview, since its extension is switched off. */
  async preview(uri: vscode.Uri): Promise<boolean> {
    try {
      await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
      return true;
    } catch {
      return false;
    }
  }

  dispose(): void {
    this.#registered.dispose();
    this.#changed.dispose();
  }
}
