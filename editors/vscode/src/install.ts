// No server: say so, and offer to install it.

import * as vscode from 'vscode';
import { delimiter, join } from 'node:path';
import { isProgram, ownDirectory } from './context';
import { beforehand, commandLine, failureWords, installSteps, type Installer, type Step } from './installing';
import { runProgram } from './programs';

const SAY_WHERE = 'Say where it is';

/** Say what is missing and what can be done; return whether it was done. */
export async function offerServer(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, wrongPath?: string): Promise<boolean> {
  const install = 'Install it';
  const message =
    wrongPath === undefined
      ? 'tierlsp: the program `tierlsp` was not found; install it (Python 3.11 or newer), or say where it is.'
      : `tierlsp: \`tierlsp.server.path\` names no program (${wrongPath}); correct it or take it out.`;
  const answers = wrongPath === undefined ? [install, SAY_WHERE] : [SAY_WHERE];
  const picked = await vscode.window.showWarningMessage(message, ...answers);
  if (picked === SAY_WHERE) {
    await openPathSetting();
  }
  return picked === install && installServer(context, log);
}

/** Install the server in a way that the person picks, once they have read what that runs; return whether it was done. */
export async function installServer(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<boolean> {
  const choices = installers();
  if (choices.length === 0) {
    void vscode.window.showErrorMessage('tierlsp: neither uv, pipx nor Python is on the PATH; install Python 3.11 or newer from python.org first.');
    return false;
  }
  const title = 'How to install the server tierlsp (you see what is run before it is)';
  const picked = await vscode.window.showQuickPick(choices, { title, ignoreFocusOut: true });
  if (picked === undefined) {
    return false;
  }
  const steps = installSteps(picked.installer, picked.program, ownDirectory(context), process.platform === 'win32');
  if (!(await isAgreed(steps))) {
    return false;
  }
  await vscode.workspace.fs.createDirectory(context.globalStorageUri);
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: 'Installing tierlsp' };
  const failure = await vscode.window.withProgress(options, async (progress, token) => {
    for (const step of steps) {
      progress.report({ message: commandLine(step) });
      const failed = await runStep(step, log, token);
      if (failed !== undefined) {
        return failed;
      }
    }
    return undefined;
  });
  if (failure !== undefined && failure !== '') {
    void showFailure(failure, log);
  }
  return failure === undefined;
}

async function isAgreed(steps: readonly Step[]): Promise<boolean> {
  const run = 'Run it';
  const options = { modal: true, detail: beforehand(steps) };
  return (await vscode.window.showInformationMessage('Install the server tierlsp?', options, run)) === run;
}

/** Run a step; return what is said of its failure, which is nothing where the person ended it, or `undefined` for none. */
async function runStep(step: Step, log: vscode.LogOutputChannel, token: vscode.CancellationToken): Promise<string | undefined> {
  log.info(commandLine(step));
  try {
    const ended = await runProgram(step.program, step.args, { env: process.env, token, onText: (text) => log.info(text.trimEnd()) });
    if (token.isCancellationRequested) {
      return '';
    }
    return ended.code === 0 ? undefined : failureWords(step, ended.code, `${ended.output}\n${ended.errors}`);
  } catch (error) {
    log.error(String(error));
    return failureWords(step, null, String(error));
  }
}

async function showFailure(words: string, log: vscode.LogOutputChannel): Promise<void> {
  const show = 'Show the log';
  const picked = await vscode.window.showErrorMessage(words, show, SAY_WHERE);
  if (picked === show) {
    log.show();
  } else if (picked === SAY_WHERE) {
    await openPathSetting();
  }
}

async function openPathSetting(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', 'tierlsp.server.path');
}

interface Choice extends vscode.QuickPickItem {
  readonly installer: Installer;
  readonly program: string;
}

function installers(): Choice[] {
  const found: Choice[] = [];
  const add = (installer: Installer, names: readonly string[], label: string): void => {
    const program = names.map(onPath).find((each) => each !== undefined);
    if (program !== undefined) {
      found.push({ installer, program, label, detail: program });
    }
  };
  add('uv', ['uv'], 'with uv, for you and all workspaces');
  add('pipx', ['pipx'], 'with pipx, for you and all workspaces');
  add('venv', ['python3', 'python'], 'for VS Code alone, in a Python environment of its own');
  return found;
}

function onPath(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((each) => each !== '');
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  return directories.map((directory) => join(directory, file)).find(isProgram);
}
