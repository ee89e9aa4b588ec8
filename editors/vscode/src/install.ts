// No server: say so, and offer to install it.

import * as vscode from 'vscode';
import { delimiter, join } from 'node:path';
import { isProgram, ownDirectory } from './context';
import { installSteps, type Installer } from './find';
import { runProgram } from './programs';

/** Say what is missing and what can be done; return whether it was done. */
export async function offerServer(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, wrongPath?: string): Promise<boolean> {
  const install = 'Install it';
  const set = 'Say where it is';
  const message =
    wrongPath === undefined
      ? 'tierlsp: the program `tierlsp` was not found; install it (Python 3.11 or newer), or say where it is.'
      : `tierlsp: \`tierlsp.server.path\` names no program (${wrongPath}); correct it or take it out.`;
  const answers = wrongPath === undefined ? [install, set] : [set];
  const picked = await vscode.window.showWarningMessage(message, ...answers);
  if (picked === set) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'tierlsp.server.path');
  }
  return picked === install && installServer(context, log);
}

/** Install the server in a way that the person picks; return whether it is there afterwards. */
export async function installServer(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<boolean> {
  const choices = installers();
  if (choices.length === 0) {
    void vscode.window.showErrorMessage('tierlsp: neither uv, pipx nor Python is on the PATH; install Python 3.11 or newer from python.org first.');
    return false;
  }
  const picked = await vscode.window.showQuickPick(choices, { title: 'Install the server tierlsp from PyPI' });
  if (picked === undefined) {
    return false;
  }
  const steps = installSteps(picked.installer, picked.program, ownDirectory(context), process.platform === 'win32');
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: 'Installing tierlsp' };
  return vscode.window.withProgress(options, async (progress, token) => {
    await vscode.workspace.fs.createDirectory(context.globalStorageUri);
    for (const { program, args } of steps) {
      progress.report({ message: args.slice(0, 3).join(' ') });
      log.info(`${program} ${args.join(' ')}`);
      try {
        const ended = await runProgram(program, args, { env: process.env, token, onText: (text) => log.info(text.trimEnd()) });
        if (token.isCancellationRequested) {
          return false;
        }
        if (ended.code === 0) {
          continue;
        }
      } catch (error) {
        log.error(String(error));
      }
      void showFailure(log);
      return false;
    }
    return true;
  });
}

async function showFailure(log: vscode.LogOutputChannel): Promise<void> {
  const show = 'Show the log';
  const picked = await vscode.window.showErrorMessage('tierlsp: it could not be installed; the log says why.', show);
  if (picked === show) {
    log.show();
  }
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
