// A real VS Code in a real browser: code-server, headless Chromium, and scripted models. Everything stays on loopback.
//
// PARTS holds what `get.sh` fetched: node, code-server, playwright-core. PYTHON is one that can import the server. FAILED
// is a folder for what was waited for in vain: a picture, and the server's log; with it, what code-server complains of is
// shown too.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../../..');
const PARTS = resolve(process.env.PARTS ?? join(ROOT, '.parts/vscode'));
const PYTHON = resolve(process.env.PYTHON ?? join(ROOT, '.venv/bin/python'));
/** The server's log in the home, where one is kept. */
export const LOG = 'server.log';
/** The server's program. */
export const PROGRAM = join(dirname(PYTHON), 'tierlsp');
const CODE = join(PARTS, 'node_modules/code-server/out/node/entry.js');

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'];

function write(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value, null, 2));
}

/** The processes of the server that belong to this home. */
function serversOf(home) {
  const isOurs = (id) => {
    try {
      const words = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
      const isServer = words.includes('--stdio') && words.some((word) => word.endsWith('tierlsp'));
      return isServer && readFileSync(`/proc/${id}/environ`, 'utf8').split('\0').includes(`HOME=${home}`);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOurs(name)).map(Number);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function models() {
  const child = spawn(PYTHON, [join(HERE, 'models.py')], { cwd: ROOT, env: { ...process.env, PYTHONPATH: ROOT }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const told = async () => JSON.parse((await lines.next()).value);
  const tell = (command) => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    return told();
  };
  return { child, tell, ...(await told()) };
}

/** The server's program, with a log that says more where such are kept. */
function programFor(home) {
  if (!process.env.FAILED) {
    return PROGRAM;
  }
  const file = join(home, 'tierlsp');
  writeFileSync(file, `#!/bin/sh\nexec '${PROGRAM}' --log-level debug --log-file '${join(home, LOG)}' "$@"\n`, { mode: 0o755 });
  return file;
}

function settings(program, cloud) {
  return {
    'tierlsp.server.path': program,
    'tierlsp.backends': { work: { kind: 'litellm', baseUrl: cloud, apiKeyEnv: 'WORK_KEY' } },
    'tierlsp.tiers.cheap': ['work/small'],
    'tierlsp.tiers.premium': ['work/large'],
    'tierlsp.tiers.local': [],
    'tierlsp.prices': { 'work/small': { input: 1, output: 2 }, 'work/large': { input: 3, output: 15 } },
    'workbench.startupEditor': 'none',
    'workbench.editor.useModal': 'off',
    'workbench.colorTheme': process.env.THEME ?? 'Default Dark Modern',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'chat.disableAIFeatures': true,
    'telemetry.telemetryLevel': 'off',
    'editor.minimap.enabled': false,
    'editor.fontSize': 15,
    'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
    'editor.autoClosingBrackets': 'never',
    'editor.autoClosingQuotes': 'never',
    'editor.autoIndent': 'keep',
    'files.autoSave': 'off',
  };
}

/**
 * Start everything; return the page, the places, what talks to the models, what writes settings, and a way to end it.
 *
 * `files` are those of the workspace by name. `more` may hold `settings` and `env` that are put over the usual ones; one
 * that is `undefined` is taken out. `more.extensions` are packages that are installed beside ours. With `ollama: false`
 * there is none, until `served` is told otherwise.
 */
export async function start(files, more = {}) {
  const home = mkdtempSync(join(tmpdir(), 'vscode-'));
  const workspace = join(home, 'shapes');
  mkdirSync(join(workspace, '.git'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), text);
  }
  const served = await models();
  if (more.ollama === false) {
    await served.tell({ ollama: false });
  }
  let person = { ...settings(programFor(home), served.cloud), ...more.settings };
  const set = (change) => {
    person = { ...person, ...change };
    for (const place of ['User', 'Machine']) {
      write(join(home, 'data', place, 'settings.json'), person);
    }
  };
  const setInWorkspace = (values) => write(join(workspace, '.vscode', 'settings.json'), values);
  set({});
  // Launched as from a terminal, it takes this environment as it is, and asks no login shell for another PATH.
  const usual = { VSCODE_CLI: '1', HOME: home, OLLAMA_HOST: served.ollama, WORK_KEY: served.key, EXTENSIONS_GALLERY: '{"serviceUrl":"http://127.0.0.1:9"}' };
  const env = { ...process.env, ...usual, ...more.env };
  for (const name of Object.keys(env).filter((each) => each.startsWith('XDG_') || each.startsWith('TIERLSP_') || env[each] === undefined)) {
    delete env[name];
  }
  const places = ['--user-data-dir', join(home, 'data'), '--extensions-dir', join(home, 'extensions'), '--config', '/dev/null'];
  const packages = [join(HERE, '../tierlsp.vsix'), ...(more.extensions ?? [])].flatMap((each) => ['--install-extension', each]);
  const installed = spawnSync(process.execPath, [CODE, ...places, ...packages], { env, encoding: 'utf8' });
  if (installed.status !== 0) {
    served.child.stdin.end();
    throw new Error(installed.stdout + installed.stderr);
  }
  const port = await freePort();
  const bind = ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'];
  const code = spawn(process.execPath, [CODE, ...places, ...bind], { env, stdio: ['ignore', 'pipe', process.env.FAILED ? 'inherit' : 'ignore'] });
  await new Promise((found) => code.stdout.on('data', (text) => String(text).includes('HTTP server listening') && found()));
  const { chromium } = createRequire(join(PARTS, 'package.json'))('playwright-core');
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 1200, height: 720 } });
  await page.goto(`http://127.0.0.1:${port}/?folder=${workspace}`);
  await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
  const stop = async () => {
    await browser.close();
    code.kill();
    served.child.stdin.end();
    await Promise.race([once(code, 'exit'), sleep(3000)]);
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { browser, page, home, workspace, served, stop, set, setInWorkspace, servers: () => serversOf(home) };
}
