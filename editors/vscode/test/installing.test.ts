import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beforehand, commandLine, failureWords, installSteps } from '../src/installing';

test("installing touches nothing but tierlsp's own places", () => {
  assert.deepEqual(installSteps('uv', '/b/uv', '/own', false), [{ program: '/b/uv', args: ['tool', 'install', 'tierlsp'] }]);
  assert.deepEqual(installSteps('pipx', '/b/pipx', '/own', false), [{ program: '/b/pipx', args: ['install', 'tierlsp'] }]);
  const [first, second] = installSteps('venv', '/b/python3', '/own', false);
  assert.deepEqual(first, { program: '/b/python3', args: ['-m', 'venv', '/own'] });
  assert.equal(second?.program, '/own/bin/python');
});

test('every word of what will be run is told before it is', () => {
  for (const installer of ['uv', 'pipx', 'venv'] as const) {
    const steps = installSteps(installer, '/my programs/it', '/own', false);
    const told = beforehand(steps);
    for (const { program, args } of steps) {
      for (const word of [program, ...args]) {
        assert.ok(told.includes(word), word);
      }
    }
    assert.match(told, /PyPI/);
  }
  assert.equal(commandLine({ program: '/my programs/it', args: ['-m', 'venv'] }), '"/my programs/it" -m venv');
});

const STEP = { program: '/b/uv', args: ['tool', 'install', 'tierlsp'] };

test('a failure says what to do about it', () => {
  const says = (printed: string, code: number | null = 1) => failureWords(STEP, code, printed);
  assert.match(says('ERROR: No matching distribution found for tierlsp'), /has no package "tierlsp"; in a clone/);
  assert.match(says('  × No solution found\n  ╰─▶ Because tierlsp was not found in the package registry'), /has no package/);
  // pip says of an index that it cannot reach that it has no such package, too.
  const offline = 'Retrying after NewConnectionError: Failed to establish a new connection\nERROR: No matching distribution found for tierlsp';
  assert.match(says(offline), /could not be reached/);
  assert.match(says('The virtual environment was not created because ensurepip is not available.\napt install python3.11-venv'), /cannot make environments/);
  const old = 'ERROR: Ignored the following versions that require a different python version\nERROR: No matching distribution found for tierlsp';
  assert.match(says(old), /Python 3.11 or newer/);
  assert.match(says('tierlsp: something else\nit broke\n'), /"\/b\/uv tool install tierlsp" ended with exit code 1 \(it broke\); in a clone/);
  assert.match(says('Error: spawn /b/uv ENOENT', null), /did not start or was ended \(Error: spawn/);
});
