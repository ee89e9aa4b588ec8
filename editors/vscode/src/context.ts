// The VS Code side of `settings.ts`, and what decides where the server is looked for.

import { constants, accessSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { findServer, type Found, type Surroundings } from './find';
import generated from './generated.json';
import { liveTree, startTree, type Inspect, type Sent, type Tree } from './settings';

const KEYS = generated.settings as Readonly<Record<string, Sent>>;

function inspector(scope?: vscode.Uri): Inspect {
  const section = vscode.workspace.getConfiguration('tierlsp', scope);
  return (name) => section.inspect(name);
}

export function startOptions(): Tree {
  return startTree(KEYS, inspector());
}

export function liveSettings(scope?: vscode.Uri): Tree {
  return liveTree(KEYS, inspector(scope));
}

/** Where this extension installs the server itself. */
export function ownDirectory(context: vscode.ExtensionContext): string {
  return join(context.globalStorageUri.fsPath, 'server');
}

export function workspaceFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
}

export async function locate(context: vscode.ExtensionContext): Promise<Found> {
  const isTrusted = vscode.workspace.isTrusted;
  const around: Surroundings = {
    setting: vscode.workspace.getConfiguration('tierlsp').get('server.path', ''),
    // A folder that nobody trusts yet must not say which program runs.
    folders: isTrusted ? workspaceFolders() : [],
    python: isTrusted ? await pythonOfWorkspace() : undefined,
    environ: process.env,
    home: homedir(),
    isWindows: process.platform === 'win32',
    own: ownDirectory(context),
    isProgram,
  };
  return findServer(around);
}

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What we need of the API of the extension `ms-python.python`. */
interface PythonApi {
  readonly environments?: { getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string } | undefined };
}

async function pythonOfWorkspace(): Promise<string | undefined> {
  const python = vscode.extensions.getExtension<PythonApi>('ms-python.python');
  // Not activated on our account: that takes seconds, and it is there already where somebody works with Python.
  if (!python?.isActive) {
    return undefined;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return python.exports.environments?.getActiveEnvironmentPath(folder)?.path;
}
