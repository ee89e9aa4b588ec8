// Pulling a model with Ollama, for the first minutes.

import * as vscode from 'vscode';
import { percentOf } from './pull';
import { runProgram } from './programs';

const MODELS: readonly vscode.QuickPickItem[] = [
  { label: 'qwen2.5-coder:1.5b-base', detail: '1 GB, quick without a GPU' },
  { label: 'codestral:22b', detail: '13 GB, for a large GPU' },
];

export async function pullModel(log: vscode.LogOutputChannel): Promise<boolean> {
  const picked = await vscode.window.showQuickPick(MODELS, { title: 'Pull a model with Ollama', ignoreFocusOut: true });
  if (picked === undefined) {
    return false;
  }
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: `Pulling ${picked.label}` };
  const end = await vscode.window.withProgress(options, (progress, token) => pull(picked.label, progress, token));
  if (end === undefined) {
    void offerOllama();
  } else if (end.code === 0) {
    void vscode.window.showInformationMessage(`tierlsp: ${picked.label} is there; open a file and type.`);
  } else if (!end.isCancelled) {
    log.error(end.errors);
    const last = end.errors.trim().split('\n').at(-1)?.slice(-200) ?? '';
    void vscode.window.showErrorMessage(`tierlsp: "ollama pull ${picked.label}" failed (${last}); see that Ollama runs ("ollama serve") and try again.`);
  }
  return end?.code === 0;
}

interface End {
  readonly code: number | null;
  readonly errors: string;
  readonly isCancelled: boolean;
}

/** Have Ollama fetch a model; return how that ended, `undefined` if there is no Ollama to start. */
async function pull(model: string, progress: vscode.Progress<{ increment: number; message: string }>, token: vscode.CancellationToken): Promise<End | undefined> {
  let shown = 0;
  const onText = (text: string): void => {
    const percent = percentOf(text);
    if (percent !== undefined && percent > shown) {
      progress.report({ increment: percent - shown, message: `${percent} %` });
      shown = percent;
    }
  };
  try {
    const { code, errors } = await runProgram('ollama', ['pull', model], { env: process.env, token, onText });
    return { code, errors, isCancelled: token.isCancellationRequested };
  } catch {
    return undefined;
  }
}

async function offerOllama(): Promise<void> {
  const open = 'Open ollama.com';
  const message = 'tierlsp: the program `ollama` was not found; install it, or go on without a model on this machine.';
  if ((await vscode.window.showWarningMessage(message, open)) === open) {
    await vscode.env.openExternal(vscode.Uri.parse('https://ollama.com/download'));
  }
}
