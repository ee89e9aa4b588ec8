// Pulling a model with Ollama, for the first minutes.

import * as vscode from 'vscode';
import { percentOf } from './pull';
import { runProgram } from './programs';

const MODELS: readonly vscode.QuickPickItem[] = [
  { label: 'qwen2.5-coder:1.5b-base', detail: '1 GB, quick without a GPU' },
  { label: 'codestral:22b', detail: '13 GB, for a large GPU' },
];

export async function pullModel(log: vscode.LogOutputChannel): Promise<boolean> {
  const picked = await vscode.window.showQuickPick(MODELS, { title: 'Pull a model with Ollama' });
  if (picked === undefined) {
    return false;
  }
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: `Pulling ${picked.label}` };
  return vscode.window.withProgress(options, async (progress, token) => {
    let shown = 0;
    const onText = (text: string): void => {
      const percent = percentOf(text);
      if (percent !== undefined && percent > shown) {
        progress.report({ increment: percent - shown, message: `${percent} %` });
        shown = percent;
      }
    };
    try {
      const ended = await runProgram('ollama', ['pull', picked.label], { env: process.env, token, onText });
      if (ended.code !== 0 && !token.isCancellationRequested) {
        log.error(ended.errors);
        void vscode.window.showErrorMessage('tierlsp: `ollama pull` failed; see that Ollama runs (`ollama serve`) and try again.');
      }
      return ended.code === 0;
    } catch {
      await offerOllama();
      return false;
    }
  });
}

async function offerOllama(): Promise<void> {
  const open = 'Open ollama.com';
  const message = 'tierlsp: the program `ollama` was not found; install it, or go on without a model on this machine.';
  if ((await vscode.window.showWarningMessage(message, open)) === open) {
    await vscode.env.openExternal(vscode.Uri.parse('https://ollama.com/download'));
  }
}
