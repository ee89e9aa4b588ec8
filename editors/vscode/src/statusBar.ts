// The item in the status bar.

import * as vscode from 'vscode';
import type { Status } from './protocol';
import { statusText, tooltip, type ServerState } from './words';

export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('tierlsp', vscode.StatusBarAlignment.Right, 90);
  state: ServerState = 'starting';
  status: Status | undefined;

  constructor() {
    this.#item.name = 'tierlsp';
    this.#item.command = 'tierlsp.ui.menu';
    this.#draw();
    this.#item.show();
  }

  onState(state: ServerState): void {
    this.state = state;
    if (state !== 'running') {
      this.status = undefined;
    }
    this.#draw();
  }

  onStatus(status: Status): void {
    this.status = status;
    this.#draw();
  }

  dispose(): void {
    this.#item.dispose();
  }

  #draw(): void {
    this.#item.text = statusText(this.state, this.status);
    this.#item.tooltip = new vscode.MarkdownString(tooltip(this.state, this.status));
    const isWrong = this.state === 'missing' || this.state === 'stopped';
    this.#item.backgroundColor = isWrong ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }
}
