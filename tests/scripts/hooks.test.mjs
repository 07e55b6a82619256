// scripts/hooks/pre-commit, in a repository of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const tidy = 'namespace A;\n\ninternal static class B\n{\n    public static int C => 1;\n}\n';
const untidy = tidy.replace('    public', '  public');
const skip = spawnSync('git', ['--version']).status === 0 ? false : 'needs git';
let folder;

beforeEach(() => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'hook-'));
  cpSync(join(root, 'scripts/hooks'), join(folder, 'scripts/hooks'), { recursive: true });
  cpSync(join(root, '.editorconfig'), join(folder, '.editorconfig'));
  git('init', '-q');
  git('config', 'user.name', 'Nobody');
  git('config', 'user.email', 'nobody@school.example');
  git('config', 'core.hooksPath', 'scripts/hooks');
  git('add', '.');
  mkdirSync(join(folder, 'src'));
});

afterEach(() => {
  if (folder) rmSync(folder, { recursive: true });
});

test('Commit_FileOutOfLayout_IsRefusedAndNamed', { skip }, () => {
  stage(untidy);

  const { status, stderr } = commit();

  assert.notEqual(status, 0);
  assert.match(stderr, /--include src\/B\.cs/);
});

test('Commit_FilesInOrder_Passes', { skip }, () => {
  stage(tidy);

  const { status, stderr } = commit();

  assert.equal(status, 0, stderr);
});

test('Commit_FolderDiffersFromWhatIsStaged_IsJudgedByWhatIsStaged', { skip }, () => {
  stage(untidy);
  writeFileSync(join(folder, 'src/B.cs'), tidy);

  assert.notEqual(commit().status, 0);
});

test('Commit_WithoutCSharp_AsksNobody', { skip }, () => {
  writeFileSync(join(folder, 'notes.md'), 'x\n');
  git('add', 'notes.md');

  const { status, stderr } = commit();

  assert.equal(status, 0, stderr);
});

function stage(source) {
  writeFileSync(join(folder, 'src/B.cs'), source);
  git('add', 'src/B.cs');
}

// Git's own variables would point a hook's child at the repository that this test runs in.
function run(...args) {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return spawnSync('git', args, { cwd: folder, encoding: 'utf8', env: environment });
}

function git(...args) {
  const { status, stderr } = run(...args);
  assert.equal(status, 0, stderr);
}

function commit() {
  return run('commit', '-q', '-m', 'x');
}
