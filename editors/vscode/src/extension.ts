// Puts the parts together: what the server says goes to the parts that show it, what a person does goes to the server.

import * as vscode from 'vscode';
import { Again } from './again';
import { workspaceFolders } from './context';
import { installServer, offerServer } from './install';
import { manageKeys } from './keys';
import { showMenu } from './menu';
import { FirstMinutes, openSample, showActions } from './minutes';
import { pullModel } from './ollama';
import { Pages } from './pages';
import type { Status } from './protocol';
import { GhostText } from './refresh';
import { rename } from './rename';
import { editorOf } from './renameEditor';
import { showDoctor, showRoute, showUsage } from './reports';
import { messageOf, Runs } from './runs';
import { Server } from './server';
import { StatusBar } from './statusBar';
import { unservedWords } from './unserved';

let running: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('tierlsp', { log: true });
  const bar = new StatusBar();
  const pages = new Pages();
  const ghost = new GhostText(context.extension.id);
  const minutes = new FirstMinutes(`${context.extension.id}#first`);
  const runs = new Runs((command, argument) => server.command(command, argument));
  const again: Again = new Again({
    menu: (place, diagnostics) => server.menu(place, diagnostics),
    run: (argument) => runs.fromMenu(argument),
  });
  const server: Server = new Server(context, log, {
    onState: (state) => {
      bar.onState(state);
      minutes.onChange(state, bar.status);
      if (state !== 'running') {
        runs.endAll();
        again.stop();
      }
    },
    onStatus: (status) => {
      bar.onStatus(status);
      minutes.onChange(bar.state, status);
      runs.onStatus(status);
    },
    onFinished: (finished) => {
      runs.onFinished(finished);
      again.onFinished(finished);
      if (finished.outcome === 'done') {
        minutes.onDone();
      }
    },
    onAccepted: () => minutes.onAccepted(),
    onRefresh: (refresh, provider) => void ghost.ask(refresh, provider),
    onProgress: (token, value) => runs.onProgress(token, value),
    onRun: (argument) => runs.fromMenu(argument),
    onShow: (uri) => pages.preview(uri),
    onRename: (asked, token) => rename(asked, editorOf(asked), () => token.isCancellationRequested),
    onMissing: (program) =>
      void offerServer(context, log, program).then((isThere) => (isThere ? server.start() : undefined)),
  });
  running = server;

  const program = (): string => {
    if (server.program === undefined) {
      throw new Error('the server was not found; "tierlsp: Install the Server" installs it');
    }
    return server.program;
  };
  const commands: Readonly<Record<string, () => unknown>> = {
    menu: () =>
      showMenu({ state: bar.state, isPaused: bar.status?.paused ?? false, runs: bar.status?.runs.length ?? 0, tiers: bar.status?.tiers }, ''),
    pause: () => server.command('tierlsp.pause', null),
    resume: () => server.command('tierlsp.resume', null),
    cancel: () => server.command('tierlsp.cancel', {}),
    consent: () => askConsent(server),
    route: () => showRoute((command, argument) => server.command(command, argument), runs.last, pages),
    usage: () => showUsage(context, program()),
    doctor: () => showDoctor(context, program(), pages),
    log: () => log.show(),
    settings: () => vscode.commands.executeCommand('workbench.action.openSettings', '@ext:tierlsp.tierlsp'),
    keys: async () => (await manageKeys(context)) && server.start(),
    restart: () => server.start(),
    install: async () => (await installServer(context, log)) && server.start(),
    pullModel: async () => {
      // A server that has found no model looks again ever more seldom; one that starts looks at once.
      if ((await pullModel(log)) && bar.status?.tiers.local.state !== 'ready' && (bar.status?.runs.length ?? 0) === 0) {
        await server.start();
      }
    },
    actions: () => showActions(),
    walkthrough: () => minutes.open(),
    sample: async () => void (await openSample()),
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(`tierlsp.ui.${name}`, () => told(run)));
  }
  // Not in the palette: it is behind an entry of the menu of code actions.
  context.subscriptions.push(vscode.commands.registerCommand('tierlsp.ui.unserved', (reason: string) => showUnserved(reason, bar.status)));
  context.subscriptions.push(
    log,
    bar,
    pages,
    again,
    ghost,
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('tierlsp.server')) {
        void server.start();
      } else if (event.affectsConfiguration('tierlsp')) {
        server.settingsChanged();
      }
    }),
    // What was not looked at before may hold the server's program.
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      if (!server.isRunning) {
        void server.start();
      }
    }),
  );
  // Not awaited: nothing of the editor waits for the server.
  void server.start();
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}

/** Run a command, and tell of what went wrong in a sentence. */
async function told(run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    void vscode.window.showWarningMessage(`tierlsp: ${messageOf(error)}`);
  }
}

/** Say why no model can do anything, and what to do about it. */
async function showUnserved(reason: string, status: Status | undefined): Promise<void> {
  const key = 'Give a key';
  const doctor = 'Ask the doctor';
  const picked = await vscode.window.showWarningMessage(unservedWords(reason, status?.tiers), key, doctor);
  if (picked !== undefined) {
    await vscode.commands.executeCommand(picked === key ? 'tierlsp.ui.keys' : 'tierlsp.ui.doctor');
  }
}

async function askConsent(server: Server): Promise<void> {
  const folders = workspaceFolders();
  const root = folders.length > 1 ? await vscode.window.showQuickPick(folders, { title: 'Which folder?' }) : folders[0];
  if (root === undefined) {
    if (folders.length === 0) {
      throw new Error('open a folder first: the answer is kept for it');
    }
    return;
  }
  const answers = [
    { label: 'Allow', answer: 'allow', description: 'actions that you pick may send parts of it to cloud models' },
    { label: 'Ask', answer: 'ask', description: 'you are asked at the next action' },
    { label: 'Never', answer: 'never', description: 'nothing of it leaves this machine' },
  ];
  const picked = await vscode.window.showQuickPick(answers, { title: `May cloud models read ${root}?` });
  if (picked !== undefined) {
    await server.command('tierlsp.consent', { root, answer: picked.answer });
  }
}
