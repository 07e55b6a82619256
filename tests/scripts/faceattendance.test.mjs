// ./faceattendance, the launcher of the command-line tool.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const launcher = join(dirname(fileURLToPath(import.meta.url)), '../../faceattendance');
let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'launcher-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('Launch_NotBuilt_SaysWhatToRun', () => {
  copyFileSync(launcher, join(folder, 'faceattendance'));

  const { status, stderr } = launch(join(folder, 'faceattendance'), ['--help']);

  assert.equal(status, 127);
  assert.match(stderr, new RegExp(`run ${folder}/run.sh once`));
});

test('Launch_ThroughALinkFromElsewhere_RunsTheTool', () => {
  symlinkSync(launcher, join(folder, 'fa'));

  const { status, stdout } = launch(join(folder, 'fa'), ['--help']);

  assert.equal(status, 0);
  assert.match(stdout, /recognize/);
});

test('Launch_ToolFails_ExitCodeIsTheTools', () => {
  const { status, stderr } = launch(launcher, ['no-such-command']);

  assert.ok(status > 0 && status < 126, `exit code ${status}`);
  assert.match(stderr, /no-such-command/);
});

function launch(file, args) {
  return spawnSync('bash', [file, ...args], { cwd: folder, encoding: 'utf8' });
}
