// What can be read on demand: money, health, the reasons for a route.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { workspaceFolders } from './context';
import { environment } from './keys';
import type { Pages } from './pages';
import { withPolicy } from './policy';
import { runProgram } from './programs';
import type { DoctorReport, Route, RunArgument } from './protocol';
import type { Command } from './runs';
import { inTheme } from './theme';
import { doctorPage, routePage } from './words';

export async function showUsage(context: vscode.ExtensionContext, program: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tierlsp-'));
  try {
    const file = join(directory, 'usage.html');
    const options = { env: await environment(context), cwd: workspaceFolders()[0] };
    const ended = await runProgram(program, ['usage', '--html', file], options);
    if (ended.code !== 0) {
      throw new Error(ended.errors.trim() || 'tierlsp usage failed');
    }
    const page = await readFile(file, 'utf8');
    const panel = vscode.window.createWebviewPanel('tierlsp.usage', 'tierlsp usage', vscode.ViewColumn.Active, {
      enableScripts: false,
      enableForms: false,
      enableCommandUris: false,
      localResourceRoots: [],
    });
    panel.webview.html = withPolicy(inTheme(page, isDark()));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function isDark(): boolean {
  const { kind } = vscode.window.activeColorTheme;
  return kind === vscode.ColorThemeKind.Dark || kind === vscode.ColorThemeKind.HighContrast;
}

export async function showDoctor(context: vscode.ExtensionContext, program: string, pages: Pages): Promise<void> {
  const options = { location: vscode.ProgressLocation.Window, title: 'tierlsp doctor' };
  const env = await environment(context);
  const ended = await vscode.window.withProgress(options, () =>
    runProgram(program, ['doctor', '--json'], { env, cwd: workspaceFolders()[0] }),
  );
  let report: DoctorReport;
  try {
    report = JSON.parse(ended.output) as DoctorReport;
  } catch {
    throw new Error(ended.errors.trim() || 'tierlsp doctor printed no report');
  }
  await pages.show('doctor', doctorPage(report));
}

/** Show who would do the last action again, or explain what is selected, and why. */
export async function showRoute(command: Command, last: RunArgument | undefined, pages: Pages): Promise<void> {
  const argument = last ?? explainSelection();
  if (argument === undefined) {
    throw new Error('open a file first');
  }
  const route = await command<Route>('tierlsp.explainRoute', argument);
  await pages.show('route', routePage(argument.action, route));
}

function explainSelection(): RunArgument | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return undefined;
  }
  const { start, end } = editor.selection;
  const range = { start: { line: start.line, character: start.character }, end: { line: end.line, character: end.character } };
  return { action: 'explain', uri: editor.document.uri.toString(), range };
}
