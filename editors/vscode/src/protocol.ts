// What the server and this extension tell each other beyond LSP (DESIGN of the server, "LSP").

export type TierName = 'local' | 'cheap' | 'premium';

export interface TierState {
  readonly state: 'ready' | 'loading' | 'down' | 'off' | 'unconfigured';
  readonly model: string | null;
  readonly detail: string;
}

/** `tierlsp/status` */
export interface Status {
  readonly tiers: Readonly<Record<TierName, TierState>>;
  readonly runs: readonly { readonly runId: string; readonly action: string; readonly percent?: number }[];
  readonly usd: { readonly day: number; readonly month: number; readonly cap: number };
  readonly paused: boolean;
}

/** The argument of `tierlsp.run`. */
export interface RunArgument {
  readonly action: string;
  readonly uri: string;
  readonly instruction?: string;
  readonly needsInstruction?: boolean;
  readonly tier?: string;
  readonly model?: string;
  readonly maxUsd?: number;
  readonly [more: string]: unknown;
}

/** `tierlsp/runFinished` */
export interface Finished {
  readonly runId: string;
  readonly action: string;
  readonly outcome: string;
  readonly tier: string | null;
  readonly model: string | null;
  readonly usd: number | null;
  readonly reason: string;
  readonly message: string;
  readonly nextTier: string | null;
  /** Which of that tier's models, where the tier alone would begin with one on this machine. */
  readonly nextModel?: string;
  /** What the person may choose from; the action is run again with the choice. */
  readonly choices?: readonly string[];
  /** Where an edit stands that was about problems: whether they still stand can be asked once other tools have looked. */
  readonly edited?: { readonly uri: string; readonly version: number; readonly range: Span };
}

export interface Place {
  readonly line: number;
  readonly character: number;
}

export interface Span {
  readonly start: Place;
  readonly end: Place;
}

/** `tierlsp/inlineCompletion/refresh` */
export interface Refresh {
  readonly uri: string;
  readonly version: number;
  readonly position: Place;
}

/** What `tierlsp/rename` asks for: another name, wherever the thing is used. */
export interface Rename {
  readonly runId: string;
  readonly textDocument: { readonly uri: string; readonly version: number };
  readonly position: { readonly line: number; readonly character: number };
  readonly oldName: string;
  readonly newName: string;
}

/** What came of it; without a rename for the document (`none`) the server's own edit follows. */
export interface Renamed {
  readonly outcome: 'renamed' | 'none' | 'refused';
  readonly places?: number;
  readonly files?: number;
  readonly reason?: string;
}

/** What `tierlsp.explainRoute` returns. */
export interface Route {
  readonly tier: string;
  readonly model: string | null;
  readonly candidates: readonly string[];
  readonly score: number;
  readonly reasons: readonly { readonly rule: string; readonly points: number; readonly text: string }[];
  readonly removed: readonly { readonly model: string; readonly gate: string }[];
  readonly usd: number | null;
  readonly maxUsd: number | null;
}

/** What `tierlsp doctor --json` prints. */
export interface DoctorReport {
  readonly findings: readonly {
    readonly verdict: string;
    readonly topic: string;
    readonly text: string;
    readonly mend?: string | null;
  }[];
}
