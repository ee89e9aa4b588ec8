// Commands of the server's program that are no part of the session: `tierlsp usage`, `tierlsp doctor`; and installing.

import { spawn } from 'node:child_process';
import type * as vscode from 'vscode';

const MOST_CHARS = 4_000_000;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Run a program without a shell, and return what it printed. It ends when `token` is cancelled. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly cwd?: string | undefined;
    readonly token?: vscode.CancellationToken;
    readonly onText?: (text: string) => void;
  },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.env, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const cancelled = options.token?.onCancellationRequested(() => child.kill());
    let output = '';
    let errors = '';
    const take = (text: string): string => {
      options.onText?.(text);
      return text;
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output = (output + take(text)).slice(0, MOST_CHARS)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + take(text)).slice(-MOST_CHARS)));
    child.on('error', (error) => {
      cancelled?.dispose();
      reject(error);
    });
    child.on('close', (code) => {
      cancelled?.dispose();
      resolve({ code, output, errors });
    });
  });
}
