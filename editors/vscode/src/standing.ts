// What still stands after an edit, as far as it can be told without VS Code.

import type { Finished, RunArgument } from './protocol';

/** How long other tools have for their first word on the new text; one that says nothing by then has nothing to say. */
export const WAIT_MS = 10_000;
/** How long they rest before they count as done: several of them may speak. */
export const REST_MS = 400;

/** An entry of the server's menu that has the tier above try again. */
export interface Offer {
  readonly title: string;
  readonly argument: RunArgument;
}

/** Return the entry of a menu, as the protocol has it, that is about the edit of a run; `undefined` if there is none. */
export function offerIn(menu: unknown, runId: string): Offer | undefined {
  for (const entry of Array.isArray(menu) ? (menu as { title?: unknown; command?: { arguments?: unknown[] } }[]) : []) {
    const argument = entry.command?.arguments?.[0] as (RunArgument & { readonly after?: unknown }) | undefined;
    if (typeof entry.title === 'string' && argument?.after === runId) {
      return { title: entry.title, argument };
    }
  }
  return undefined;
}

/** An edit whose run has ended, and that other tools may not have looked at yet. */
export type EditedRun = Finished & { readonly edited: NonNullable<Finished['edited']> };

/**
 * Waits for other tools to have looked at an edit, and tells what then can be tried; the newest edit is the only one that
 * is waited for.
 *
 * A tool may take back what it said of the old text before it says what it finds in the new one, and what it says may
 * still be of the old one: finding nothing settles nothing before the wait is over.
 */
export class Settling {
  readonly #heard = new Map<string, number>();
  #run: EditedRun | undefined;
  #end: NodeJS.Timeout | undefined;
  #rest: NodeJS.Timeout | undefined;

  /** `look` is called each time that the tools rest, until it finds something, which `onFound` is told of once. */
  constructor(
    private readonly look: (run: EditedRun) => Promise<Offer | undefined>,
    private readonly onFound: (offer: Offer) => void,
  ) {}

  /** An edit was made, and its run has ended. */
  begin(run: EditedRun): void {
    this.stop();
    this.#run = run;
    this.#end = setTimeout(() => this.stop(), WAIT_MS);
    // A quick tool has spoken before the run was told to have ended.
    if ((this.#heard.get(run.edited.uri) ?? -1) >= run.edited.version) {
      this.#restLater();
    }
  }

  /** A tool has said something of a document, whose version is this now. */
  spoke(uri: string, version: number): void {
    this.#heard.set(uri, version);
    if (this.#run?.edited.uri === uri && version >= this.#run.edited.version) {
      this.#restLater();
    }
  }

  /** A document was closed. */
  forget(uri: string): void {
    this.#heard.delete(uri);
  }

  /** Wait for nothing. */
  stop(): void {
    clearTimeout(this.#end);
    clearTimeout(this.#rest);
    this.#run = undefined;
  }

  #restLater(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => void this.#rested(), REST_MS);
  }

  async #rested(): Promise<void> {
    const run = this.#run;
    const offer = run === undefined ? undefined : await this.look(run).catch(() => undefined);
    // Another edit may have been made meanwhile, or another look have found it; a server that ends meanwhile finds nothing.
    if (offer !== undefined && this.#run === run) {
      this.stop();
      this.onFound(offer);
    }
  }
}
