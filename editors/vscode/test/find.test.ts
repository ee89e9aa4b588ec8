import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findServer, places, type Surroundings } from '../src/find';

function around(more: Partial<Surroundings>, programs: readonly string[] = []): Surroundings {
  return {
    setting: '',
    folders: [],
    python: undefined,
    environ: {},
    home: '/h',
    isWindows: false,
    own: '/own',
    isProgram: (file) => programs.includes(file),
    ...more,
  };
}

test('a path that was set is the only one that counts', () => {
  const found = findServer(around({ setting: '/set/tierlsp', environ: { PATH: '/bin' } }, ['/bin/tierlsp']));
  assert.deepEqual(found, { kind: 'wrongSetting', program: '/set/tierlsp' });
  assert.equal(findServer(around({ setting: '~/x/tierlsp' }, ['/h/x/tierlsp'])).kind, 'found');
});

test('a path that is set must be a whole one: a workspace must not complete it', () => {
  assert.equal(findServer(around({ setting: 'tierlsp' }, ['tierlsp'])).kind, 'wrongSetting');
});

test("the workspace's environment comes before the PATH, and that before pipx and uv", () => {
  const all = ['/w/.venv/bin/tierlsp', '/bin/tierlsp', '/h/.local/bin/tierlsp', '/own/bin/tierlsp'];
  const given = { folders: ['/w'], environ: { PATH: '/bin' } };
  const seen: unknown[] = [];
  for (let left = all; left.length > 0; left = left.slice(1)) {
    const found = findServer(around(given, left));
    seen.push(found.kind === 'found' && found.program);
  }
  assert.deepEqual(seen, all);
});

test('without a trusted folder nothing of the workspace is looked at', () => {
  assert.deepEqual(findServer(around({}, ['/w/.venv/bin/tierlsp'])), { kind: 'none' });
});

test('a relative entry of the PATH is left out', () => {
  const directories = places(around({ environ: { PATH: '.:bin::/usr/bin' } })).map(({ directory }) => directory);
  assert.ok(directories.includes('/usr/bin'));
  assert.ok(directories.every((directory) => directory.startsWith('/')));
});

test('places of pipx and uv that were moved are followed', () => {
  const environ = { PIPX_HOME: '/p', UV_TOOL_DIR: '/u', XDG_DATA_HOME: '/d' };
  const directories = places(around({ environ })).map(({ directory }) => directory);
  assert.ok(directories.includes('/p/venvs/tierlsp/bin') && directories.includes('/u/tierlsp/bin'));
});

test('on Windows the programs have their names and places', () => {
  const found = findServer(around({ isWindows: true, folders: ['C:\\w'], home: 'C:\\h', own: 'C:\\own' }, ['C:\\w\\.venv\\Scripts\\tierlsp.exe']));
  assert.equal(found.kind, 'found');
});
