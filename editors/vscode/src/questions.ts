// What a run that ended may still ask, and what each answer does.

import type { Finished, RunArgument } from './protocol';

export interface Answer {
  readonly title: string;
  /** What is to be kept for the workspace. */
  readonly consent?: 'allow' | 'never';
  /** The run that is begun next. */
  readonly run?: RunArgument;
}

export interface Question {
  readonly message: string;
  readonly answers: readonly Answer[];
}

/** Return what is asked after a run ended; `undefined` for nothing. */
export function questionOf(finished: Finished, argument: RunArgument): Question | undefined {
  const message = `tierlsp: ${finished.message}`;
  if (finished.nextTier !== null) {
    // The price that was shown was another tier's; the server shows and holds a new one.
    const { maxUsd: _, model: __, ...rest } = argument;
    const model = finished.nextModel;
    const run = { ...rest, tier: finished.nextTier, ...(model === undefined ? {} : { model }) };
    return { message, answers: [{ title: `Ask ${model ?? `the ${finished.nextTier} tier`}`, run }] };
  }
  if (finished.outcome !== 'needs-consent') {
    return undefined;
  }
  return {
    message,
    answers: [
      { title: 'Allow for this workspace', consent: 'allow', run: argument },
      { title: 'Never for this workspace', consent: 'never' },
    ],
  };
}

/** Return the run that gives what was chosen. No model is asked, so nothing is paid. */
export function chosenRun(argument: RunArgument, choice: string): RunArgument {
  return { ...argument, choice };
}

/** Whether the end of a run is one that a person need not be warned of. */
export function isGood(finished: Finished): boolean {
  return ['done', 'nothing', 'cancelled'].includes(finished.outcome);
}

/** Return the innermost folder that a file is in, else the file's own folder; for a text of no file, as the server has it, `home`. */
export function rootOf(file: string | undefined, folders: readonly string[], separator: string, home: string): string {
  if (file === undefined) {
    return home;
  }
  const holding = folders.filter((folder) => file.startsWith(folder.endsWith(separator) ? folder : folder + separator));
  const longest = holding.sort((one, other) => other.length - one.length)[0];
  return longest ?? file.slice(0, Math.max(file.lastIndexOf(separator), 1));
}
