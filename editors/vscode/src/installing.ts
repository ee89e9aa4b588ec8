// How the server is installed: what is run, how that is told beforehand, and what is said where it fails. No VS Code in here.

import * as path from 'node:path';

/** What the package index is asked for. */
const PACKAGE = 'tierlsp';

/** Programs that can install the server, in the order in which they are offered. */
export type Installer = 'uv' | 'pipx' | 'venv';

export interface Step {
  readonly program: string;
  readonly args: readonly string[];
}

/** Return what is run, step by step, to install the server. */
export function installSteps(installer: Installer, program: string, own: string, isWindows: boolean): readonly Step[] {
  if (installer !== 'venv') {
    return [{ program, args: installer === 'uv' ? ['tool', 'install', PACKAGE] : ['install', PACKAGE] }];
  }
  const join = isWindows ? path.win32.join : path.posix.join;
  const python = join(own, isWindows ? 'Scripts' : 'bin', isWindows ? 'python.exe' : 'python');
  return [
    { program, args: ['-m', 'venv', own] },
    { program: python, args: ['-m', 'pip', 'install', '--upgrade', PACKAGE] },
  ];
}

/** Return a step as a person would type it. */
export function commandLine({ program, args }: Step): string {
  return [program, ...args].map((word) => (/[^\w@%+=:,./\\-]/.test(word) ? `"${word}"` : word)).join(' ');
}

/** Return what is said before anything is run: all that will be, and where it comes from. */
export function beforehand(steps: readonly Step[]): string {
  const lines = steps.map((step) => `$ ${commandLine(step)}`).join('\n\n');
  const whence = `The package “${PACKAGE}” and what it needs are fetched from the package index that this program is set up for, which is PyPI unless you said otherwise.`;
  return `${steps.length > 1 ? 'These commands are' : 'This command is'} run:\n\n${lines}\n\n${whence} If you have a clone of the repository, leave this and say where its program is instead.`;
}

/** Of a clone: what helps wherever the index does not. */
const BY_HAND = 'in a clone of its repository run "python3 -m venv .venv" and ".venv/bin/pip install .", then say that the server is its ".venv/bin/tierlsp"';

/** What can be wrong, by what the program printed; the first that fits counts. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /failed to establish a new connection|name resolution|error sending request|dns error|connection refused|connect timeout|network is unreachable/i,
    'the package index could not be reached; see that you are online, or set the proxy that you need, and try again',
  ],
  [/ensurepip|python3-venv/i, 'this Python cannot make environments; install its package for them ("apt install python3-venv" on Debian and Ubuntu) and try again'],
  [/requires? a different python|requires-python|no interpreter found/i, 'Python 3.11 or newer is needed; install it from python.org and try again'],
  [/no space left|disk quota/i, 'the disk is full; make room and try again'],
  [/permission denied|access is denied/i, 'a folder may not be written to; the log names it'],
  [/no matching distribution|not found in the package registry|could not find a version/i, `the package index has no package "${PACKAGE}"; ${BY_HAND}`],
];

/** Return what is said when a step has failed: what, why, and what to do. `printed` is what it wrote, or why it did not start. */
export function failureWords(step: Step, code: number | null, printed: string): string {
  const cause = CAUSES.find(([pattern]) => pattern.test(printed))?.[1];
  const last = printed.trim().split('\n').at(-1)?.trim() ?? '';
  const ended = code === null ? 'did not start or was ended' : `ended with exit code ${code}`;
  return `tierlsp was not installed: ${cause ?? `"${commandLine(step)}" ${ended}${last === '' ? '' : ` (${last.slice(0, 200)})`}; ${BY_HAND}`}.`;
}
