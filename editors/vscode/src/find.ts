// Where the server's program may be. No VS Code and no disk in here: both come in as values.

import * as path from 'node:path';

export interface Surroundings {
  /** `tierlsp.server.path`, empty if it is not set. */
  readonly setting: string;
  /** Folders of the workspace, only those whose programs may be run: none in a workspace that is not trusted. */
  readonly folders: readonly string[];
  /** The Python interpreter chosen for the workspace, if somebody says. */
  readonly python: string | undefined;
  readonly environ: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly isWindows: boolean;
  /** Where this extension installs the server itself. */
  readonly own: string;
  readonly isProgram: (file: string) => boolean;
}

export type Found =
  | { readonly kind: 'found'; readonly program: string; readonly from: string }
  | { readonly kind: 'wrongSetting'; readonly program: string }
  | { readonly kind: 'none' };

interface Place {
  readonly directory: string;
  readonly from: string;
}

/** Return the first program there is. A path that was set is the only one that counts. */
export function findServer(around: Surroundings): Found {
  const set = around.setting.trim();
  if (set !== '') {
    const program = set.startsWith('~') ? around.home + set.slice(1) : set;
    return pathOf(around).isAbsolute(program) && around.isProgram(program)
      ? { kind: 'found', program, from: 'the setting tierlsp.server.path' }
      : { kind: 'wrongSetting', program };
  }
  for (const place of places(around)) {
    const program = pathOf(around).join(place.directory, around.isWindows ? 'tierlsp.exe' : 'tierlsp');
    if (around.isProgram(program)) {
      return { kind: 'found', program, from: place.from };
    }
  }
  return { kind: 'none' };
}

/** Return where it is looked for, in order. */
export function places(around: Surroundings): readonly Place[] {
  const { join, dirname, isAbsolute, delimiter } = pathOf(around);
  const { environ, home, isWindows } = around;
  const bin = isWindows ? 'Scripts' : 'bin';
  const data = environ['XDG_DATA_HOME'] || join(home, '.local', 'share');
  const found: Place[] = [];
  const add = (directory: string | undefined, from: string): void => {
    // A relative entry of PATH would be looked up in the workspace, whoever wrote that.
    if (directory && isAbsolute(directory)) {
      found.push({ directory, from });
    }
  };
  for (const folder of around.folders) {
    for (const name of ['.venv', 'venv', 'env']) {
      add(join(folder, name, bin), "the workspace's Python environment");
    }
  }
  if (around.python) {
    add(dirname(around.python), "the workspace's Python interpreter");
  }
  for (const variable of ['VIRTUAL_ENV', 'CONDA_PREFIX']) {
    const prefix = environ[variable];
    add(prefix && join(prefix, bin), `the Python environment in ${variable}`);
  }
  for (const directory of (environ['PATH'] ?? environ['Path'] ?? '').split(delimiter)) {
    add(directory, 'the PATH');
  }
  add(environ['PIPX_BIN_DIR'], 'pipx');
  add(environ['UV_TOOL_BIN_DIR'], 'uv');
  add(environ['XDG_BIN_HOME'], 'uv');
  add(join(home, '.local', 'bin'), 'pipx or uv');
  add(join(environ['PIPX_HOME'] || join(data, 'pipx'), 'venvs', 'tierlsp', bin), 'pipx');
  add(join(environ['UV_TOOL_DIR'] || join(data, 'uv', 'tools'), 'tierlsp', bin), 'uv');
  if (isWindows) {
    add(join(home, 'pipx', 'venvs', 'tierlsp', bin), 'pipx');
    add(environ['APPDATA'] && join(environ['APPDATA'], 'uv', 'tools', 'tierlsp', bin), 'uv');
  }
  add(join(around.own, bin), 'this extension');
  return found;
}

function pathOf(around: Surroundings): path.PlatformPath {
  return around.isWindows ? path.win32 : path.posix;
}
