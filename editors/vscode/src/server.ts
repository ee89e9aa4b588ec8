// The server: found, started, started again after a crash, stopped.

import * as vscode from 'vscode';
import { CloseAction, ErrorAction, InlineCompletionRequest, LanguageClient, State, TransportKind, type CodeActionParams, type LanguageClientOptions } from 'vscode-languageclient/node';
import { canRefresh } from './abilities';
import { liveSettings, locate, startOptions } from './context';
import { environment } from './keys';
import type { Finished, Refresh, Rename, Renamed, RunArgument, Status } from './protocol';
import { Restarts } from './restarts';
import { UNSERVED_TITLE, unservedReason, type Offered } from './unserved';
import type { ServerState } from './words';

/** What the rest of the extension does with what the server says. */
export interface Listener {
  onState(state: ServerState): void;
  onStatus(status: Status): void;
  onFinished(finished: Finished): void;
  /** There is better ghost text, to be had from `provider`. */
  onRefresh(refresh: Refresh, provider: vscode.InlineCompletionItemProvider): void;
  onProgress(token: string | number, value: { readonly kind: string; readonly message?: string; readonly percentage?: number }): void;
  /** Begin what was picked from the menu of code actions. */
  onRun(argument: RunArgument): Promise<void>;
  /** Show a page of the server's; `false` if it is none. */
  onShow(uri: vscode.Uri): Promise<boolean>;
  /** Give a name that was chosen, by the editor's own rename. */
  onRename(asked: Rename, token: vscode.CancellationToken): Promise<Renamed>;
  /** Ghost text was taken. */
  onAccepted(): void;
  onMissing(program: string | undefined): void;
}

export class Server implements vscode.Disposable {
  readonly #restarts = new Restarts();
  #client: LanguageClient | undefined;
  #startedWith = '';
  #work: Promise<void> = Promise.resolve();
  /** The program that runs, or ran last. */
  program: string | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly listener: Listener,
  ) {}

  get isRunning(): boolean {
    return this.#client?.state === State.Running;
  }

  /** Start, or start anew: one after the other, however often it is called. */
  start(): Promise<void> {
    this.#restarts.forget();
    this.#work = this.#work.then(() => this.#start()).catch((error: unknown) => this.#failed(error));
    return this.#work;
  }

  /** The settings have changed: some count from the start only. */
  settingsChanged(): void {
    if (this.#client !== undefined && JSON.stringify(startOptions()) !== this.#startedWith) {
      void this.start();
    }
  }

  async command<Result>(command: string, argument: unknown): Promise<Result> {
    if (this.#client === undefined || !this.isRunning) {
      throw new Error('the server does not run; "tierlsp: Restart the Server" starts it');
    }
    return this.#client.sendRequest<Result>('workspace/executeCommand', { command, arguments: [argument] });
  }

  /** Return the server's menu at a place, as the protocol has it, for what other tools say there. */
  async menu(place: Omit<CodeActionParams, 'context'>, diagnostics: vscode.Diagnostic[]): Promise<unknown> {
    const client = this.#client;
    if (client === undefined || !this.isRunning) {
      return [];
    }
    const context = { diagnostics: await client.code2ProtocolConverter.asDiagnostics(diagnostics), only: ['quickfix'], triggerKind: 1 };
    return client.sendRequest('textDocument/codeAction', { ...place, context });
  }

  dispose(): void {
    void this.stop();
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) {
      return;
    }
    try {
      await client.dispose(2000);
    } catch (error) {
      this.log.info(`the server was ended: ${String(error)}`);
    }
  }

  async #start(): Promise<void> {
    await this.stop();
    this.listener.onState('starting');
    const found = await locate(this.context);
    if (found.kind !== 'found') {
      this.listener.onState('missing');
      this.listener.onMissing(found.kind === 'wrongSetting' ? found.program : undefined);
      return;
    }
    this.program = found.program;
    this.log.info(`starting ${found.program}, found by ${found.from}`);
    const options = startOptions();
    this.#startedWith = JSON.stringify(options);
    const run = {
      command: found.program,
      args: ['--stdio'],
      transport: TransportKind.stdio,
      options: { env: await environment(this.context) },
    };
    const client = new LanguageClient('tierlsp', 'tierlsp', run, this.#options(options));
    client.registerFeature(announcement);
    client.onNotification('tierlsp/status', (status: Status) => this.listener.onStatus(status));
    client.onNotification('tierlsp/runFinished', (finished: Finished) => this.listener.onFinished(finished));
    client.onNotification('tierlsp/inlineCompletion/refresh', (refresh: Refresh) => this.#refresh(client, refresh));
    client.onRequest('tierlsp/rename', (asked: Rename, token: vscode.CancellationToken) => this.listener.onRename(asked, token));
    client.onDidChangeState(({ newState }) => this.#stateChanged(client, newState));
    this.#client = client;
    await client.start();
  }

  #stateChanged(client: LanguageClient, state: State): void {
    if (client === this.#client && state !== State.Stopped) {
      this.listener.onState(state === State.Running ? 'running' : 'starting');
    }
  }

  #refresh(client: LanguageClient, refresh: Refresh): void {
    const document = vscode.window.activeTextEditor?.document;
    const provider = document && client.getFeature(InlineCompletionRequest.method)?.getProvider(document);
    if (provider !== undefined) {
      this.listener.onRefresh(refresh, provider);
    }
  }

  #options(initializationOptions: unknown): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
      initializationOptions,
      outputChannel: this.log,
      traceOutputChannel: this.log,
      // Nothing of ours opens a panel by itself.
      revealOutputChannelOn: 4,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => this.#closed(),
      },
      middleware: this.#middleware(),
    };
  }

  #closed(): { action: CloseAction; handled: true } {
    const again = this.#restarts.mayRestart(performance.now());
    this.log.warn(again ? 'the server ended and is started again' : 'the server ended again and is left alone');
    this.listener.onState(again ? 'starting' : 'stopped');
    return { action: again ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
  }

  #middleware(): NonNullable<LanguageClientOptions['middleware']> {
    const listener = this.listener;
    return {
      executeCommand: (command, args: unknown[], next) => {
        if (command === 'tierlsp.accepted') {
          listener.onAccepted();
        }
        return command === 'tierlsp.run' ? listener.onRun(args[0] as RunArgument) : next(command, args);
      },
      provideCodeActions: async (document, range, context, token, next) => withReason(await next(document, range, context, token), context),
      handleWorkDoneProgress: (token, params) => listener.onProgress(token, params),
      window: {
        showDocument: async (params, token, next) => {
          const uri = vscode.Uri.parse(params.uri);
          const isPage = !params.external && params.selection === undefined && uri.scheme === 'file' && uri.path.endsWith('.md');
          if (isPage && (await listener.onShow(uri))) {
            return { success: true };
          }
          return next(params, token);
        },
      },
      workspace: {
        configuration: (params) =>
          params.items.map(({ section, scopeUri }) =>
            section === 'tierlsp' ? liveSettings(scopeUri === undefined ? undefined : vscode.Uri.parse(scopeUri)) : null,
          ),
      },
    };
  }

  #failed(error: unknown): void {
    this.log.error(String(error));
    this.listener.onState('stopped');
  }
}

/** Put an entry that says why into a menu that a person asked for and of which nothing can be done. */
function withReason(menu: (vscode.Command | vscode.CodeAction)[] | null | undefined, { triggerKind, only }: vscode.CodeActionContext): typeof menu {
  const reason = triggerKind === vscode.CodeActionTriggerKind.Invoke ? unservedReason((menu ?? []) as Offered[]) : undefined;
  if (reason === undefined) {
    return menu;
  }
  const why = new vscode.CodeAction(UNSERVED_TITLE, only ?? vscode.CodeActionKind.QuickFix);
  why.command = { title: UNSERVED_TITLE, command: 'tierlsp.ui.unserved', arguments: [reason] };
  return [why, ...(menu ?? [])];
}

/** Tell the server that we show its state, ask its questions, ask again when it says so where VS Code can, look again after edits, and rename. */
const announcement = {
  fillClientCapabilities(capabilities: { experimental?: object }): void {
    capabilities.experimental = { ...capabilities.experimental, tierlsp: { status: true, refresh: canRefresh(vscode.version), lookAgain: true, rename: true } };
  },
  initialize(): void {},
  getState(): { kind: 'static' } {
    return { kind: 'static' };
  },
  clear(): void {},
};
