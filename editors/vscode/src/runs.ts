// Actions: begun from the menu, shown while they run with a way to cancel, and the questions at their end.

import { homedir } from 'node:os';
import { sep } from 'node:path';
import * as vscode from 'vscode';
import { workspaceFolders } from './context';
import type { Finished, RunArgument, Status } from './protocol';
import { chosenRun, isGood, questionOf, rootOf, type Answer } from './questions';
import { endWords } from './words';

export type Command = <Result>(command: string, argument: unknown) => Promise<Result>;

interface Run {
  readonly argument: RunArgument;
  readonly report: (message: string | undefined, percent: number | undefined) => void;
  readonly end: () => void;
}

export class Runs {
  readonly #runs = new Map<string, Run>();
  /** Ends that were told of before the beginning was. */
  readonly #early = new Map<string, Finished>();
  /** What the last action was, to say who would do it and why. */
  last: RunArgument | undefined;

  constructor(private readonly command: Command) {}

  /** Begin what was picked from the menu; ask for the words that it needs first. */
  async fromMenu(picked: RunArgument): Promise<void> {
    const { needsInstruction, ...argument } = picked;
    if (!needsInstruction) {
      return this.start(argument);
    }
    const instruction = await vscode.window.showInputBox({
      title: `tierlsp ${argument.action}`,
      prompt: argument.action === 'ask' ? 'What do you want to know?' : 'What is to be done?',
      ignoreFocusOut: true,
    });
    if (instruction !== undefined && instruction.trim() !== '') {
      await this.start({ ...argument, instruction: instruction.trim() });
    }
  }

  async start(argument: RunArgument): Promise<void> {
    this.last = argument;
    try {
      const { runId } = await this.command<{ runId: string }>('tierlsp.run', argument);
      this.#show(runId, argument);
    } catch (error) {
      void vscode.window.showWarningMessage(`tierlsp: ${messageOf(error)}`);
    }
  }

  onProgress(token: string | number, value: { readonly kind: string; readonly message?: string; readonly percentage?: number }): void {
    if (value.kind === 'report') {
      this.#runs.get(String(token))?.report(value.message, value.percentage);
    }
  }

  onStatus(status: Status): void {
    for (const { runId, percent } of status.runs) {
      this.#runs.get(runId)?.report(undefined, percent);
    }
  }

  onFinished(finished: Finished): void {
    const run = this.#runs.get(finished.runId);
    if (run === undefined) {
      this.#early.set(finished.runId, finished);
      return;
    }
    this.#runs.delete(finished.runId);
    run.end();
    void this.#tell(finished, run.argument);
  }

  /** The server is gone, and what ran in it. */
  endAll(): void {
    const ended = this.#runs.size;
    for (const run of this.#runs.values()) {
      run.end();
    }
    this.#runs.clear();
    this.#early.clear();
    if (ended > 0) {
      void vscode.window.showWarningMessage('tierlsp: the server ended while an action ran; nothing was changed. Start it again from the menu.');
    }
  }

  #show(runId: string, argument: RunArgument): void {
    const early = this.#early.get(runId);
    if (early !== undefined) {
      this.#early.delete(runId);
      void this.#tell(early, argument);
      return;
    }
    const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: `tierlsp ${argument.action}` };
    let end = (): void => {};
    const over = new Promise<void>((resolve) => (end = resolve));
    void vscode.window.withProgress(options, (progress, cancelled) => {
      let shown = 0;
      const report = (message: string | undefined, percent: number | undefined): void => {
        const increment = percent === undefined ? 0 : Math.max(0, percent - shown);
        shown += increment;
        progress.report(message === undefined ? { increment } : { message, increment });
      };
      cancelled.onCancellationRequested(() => {
        this.command('tierlsp.cancel', { runId }).catch(() => end());
      });
      this.#runs.set(runId, { argument, report, end });
      return over;
    });
  }

  async #tell(finished: Finished, argument: RunArgument): Promise<void> {
    if (finished.choices !== undefined && finished.choices.length > 0) {
      const choice = await vscode.window.showQuickPick(finished.choices, { title: endWords(finished), ignoreFocusOut: true });
      if (choice !== undefined) {
        await this.start(chosenRun(argument, choice));
      }
      return;
    }
    const question = questionOf(finished, argument);
    if (question === undefined) {
      if (isGood(finished)) {
        void vscode.window.setStatusBarMessage(endWords(finished), 8000);
      } else {
        void vscode.window.showWarningMessage(endWords(finished));
      }
      return;
    }
    const picked = await vscode.window.showInformationMessage(question.message, ...question.answers);
    if (picked !== undefined) {
      await this.#answer(picked, argument);
    }
  }

  async #answer(answer: Answer, argument: RunArgument): Promise<void> {
    try {
      if (answer.consent !== undefined) {
        const uri = vscode.Uri.parse(argument.uri);
        const root = rootOf(uri.scheme === 'file' ? uri.fsPath : undefined, workspaceFolders(), sep, homedir());
        await this.command('tierlsp.consent', { root, answer: answer.consent });
      }
    } catch (error) {
      void vscode.window.showWarningMessage(`tierlsp: ${messageOf(error)}`);
      return;
    }
    if (answer.run !== undefined) {
      await this.start(answer.run);
    }
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
