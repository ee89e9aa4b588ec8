// The menu behind the status bar item: every entry is a command of ours.

import * as vscode from 'vscode';
import { entries, type Facts } from './entries';

export async function showMenu(facts: Facts, title: string): Promise<void> {
  const picked = await vscode.window.showQuickPick(entries(facts), { title: 'tierlsp', placeHolder: title });
  if (picked !== undefined) {
    await vscode.commands.executeCommand(picked.command);
  }
}
