// scripts/postgres.sh, on clusters of its own in folders of its own.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync,
  writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const scripts = join(dirname(fileURLToPath(import.meta.url)), '../../scripts');
const isRoot = process.getuid() === 0;
const made = [];

describe('a cluster', () => {
  let project;

  before(() => {
    project = makeProject();
    assert.match(ok(project, 'start'), /^Host=\/\S+\/socket;Username=faceattendance;Database=faceattendance$/m);
  });

  test('Start_Fresh_HasPostgisAndARoleWithoutPowers', () => {
    const answer = query(project, 'SELECT current_user, usesuper, postgis_lib_version() <> $$$$ FROM pg_user WHERE usename = current_user');

    assert.equal(answer, 'faceattendance|f|t');
  });

  test('Start_Fresh_HasNoTcpPort', () => {
    assert.equal(query(project, 'SHOW listen_addresses'), '');
    assert.equal(query(project, 'SHOW fsync'), 'on');
  });

  test('Start_Running_IsTheSameServer', () => {
    const before = pid(project);

    ok(project, 'start');

    assert.equal(pid(project), before);
    assert.match(ok(project, 'status'), new RegExp(`process ${before}`));
  });

  test('Connect_AsAnotherUser_IsRefused', { skip: !isRoot && 'only root can be somebody else' }, () => {
    // The folder lets nobody else in; even where the socket is seen, the kernel's word counts.
    const socket = join(realpathSync(join(project, '.data/postgres')), 'socket');
    for (const folder of [dirname(socket), socket]) chmodSync(folder, 0o755);

    const { status, stderr } = spawnSync('runuser', ['-u', 'nobody', '--', 'psql', '-h', socket, '-U', 'faceattendance', '-c', 'SELECT 1'],
      { cwd: '/', encoding: 'utf8' });

    for (const folder of [socket, dirname(socket)]) chmodSync(folder, 0o700);
    assert.notEqual(status, 0);
    assert.match(stderr, /Peer authentication failed/);
  });

  test('Start_AfterKill_KeepsTheData', () => {
    // The server's own role makes no tables.
    const owner = ['-U', 'faceattendance_owner'];
    query(project, 'CREATE TABLE kept AS SELECT 42 AS answer', ...owner);
    process.kill(pid(project), 'SIGKILL');

    ok(project, 'start');

    assert.equal(query(project, 'SELECT answer FROM kept', ...owner), '42');
  });

  test('Start_PidFileNamesAnotherProcess_StartsAnyway', () => {
    ok(project, 'stop');
    // What is left after a crash of the machine, when the number has been given out again: to a process of the cluster's owner.
    const data = realpathSync(join(project, '.data/postgres/data'));
    const sleeper = spawn('bash', ['-c', asOwner('sleep 60')], { cwd: '/' });
    try {
      const owned = waitForProcess('sleep 60');
      const stale = [owned, data, Math.floor(Date.now() / 1000), 5432, join(dirname(data), 'socket'), '', '  5432001         1', 'ready   ',
        ''].join('\n');
      writeFileSync(join(data, 'postmaster.pid'), stale);
      execFileSync('chown', ['--reference', data, join(data, 'postmaster.pid')]);
      assert.equal(script(project, 'status').status, 1);

      ok(project, 'start');

      assert.notEqual(pid(project), owned);
      assert.equal(query(project, 'SELECT 1'), '1');
    } finally {
      sleeper.kill();
      spawnSync('pkill', ['-P', String(sleeper.pid)]);
    }
  });

  test('Stop_Running_EndsIt', () => {
    const data = realpathSync(join(project, '.data/postgres/data'));

    ok(project, 'stop');

    assert.equal(existsSync(join(data, 'postmaster.pid')), false);
    assert.equal(script(project, 'status').status, 1);
    ok(project, 'stop');
  });
});

test('Start_TwoAtOnce_MakeOneCluster', async () => {
  const project = makeProject();

  const both = await Promise.all([1, 2].map(() => new Promise(resolve =>
    spawn('bash', [join(project, 'scripts/postgres.sh'), 'start']).on('close', resolve))));

  assert.deepEqual(both, [0, 0]);
  assert.equal(query(project, 'SELECT 1'), '1');
});

test('Start_InterruptedCreation_BeginsAnew', () => {
  const project = makeProject();
  mkdirSync(join(project, '.data/postgres/data.new/base'), { recursive: true });

  ok(project, 'start');

  assert.equal(query(project, 'SELECT 1'), '1');
});

for (const [what, name] of Object.entries({ Long: 'x'.repeat(120), Strange: "it's a, b=c; folder" })) {
  test(`Start_${what}Path_UsesAShortSocket`, () => {
    const project = makeProject(name);

    const [, socket] = /^Host=([^;]+);/m.exec(ok(project, 'start'));

    assert.match(socket, /^\/tmp\/faceattendance-\w{8}$/);
    assert.equal(query(project, 'SELECT 1'), '1');
    ok(project, 'stop');
    assert.equal(existsSync(socket), false);
  });
}

test('Start_ClosedFolder_GoesOutsideAndSaysWhere', { skip: !isRoot && 'anybody but root owns their cluster' }, () => {
  const project = makeProject();
  chmodSync(project, 0o700);

  const out = ok(project, 'start');

  const elsewhere = realpathSync(join(project, '.data/postgres'));
  assert.match(elsewhere, /^\/var\/lib\/faceattendance-\w{8}\/postgres$/);
  assert.match(out, new RegExp(elsewhere));
  assert.equal(query(project, 'SELECT 1'), '1');
});

test('Leave_SomebodyElseIsThere_LeavesItRunning', () => {
  const project = makeProject();
  const use = 'make_data_folder; server_cluster_start';

  const out = shell(project, `${use}
    ( exec 9>&-; ${use}; server_cluster_leave; cluster_pid >/dev/null && echo still-there )
    server_cluster_leave; cluster_pid >/dev/null || echo stopped`);

  assert.match(out, /still-there\nstopped$/);
});

test('Leave_StartedByHand_LeavesItRunning', () => {
  const project = makeProject();
  ok(project, 'start');

  const out = shell(project, 'make_data_folder; server_cluster_start; server_cluster_leave; cluster_pid >/dev/null && echo still-there');

  assert.match(out, /still-there$/);
});

test('Remove_ThrowAway_LeavesNothing', { skip: !isRoot && 'anybody but root owns their cluster' }, () => {
  const project = makeProject();
  chmodSync(project, 0o700);

  const out = shell(project,
    `make_data_folder; cluster_start scratch /tmp 'fsync = off'; readlink .data/scratch; readlink -f .data/scratch/socket
    cluster_psql -d postgres -Atc 'SHOW fsync'; cluster_remove scratch /tmp`);

  const [link, socket, fsync] = out.trim().split('\n').slice(-3);
  assert.equal(fsync, 'off');
  assert.deepEqual([dirname(link), socket].map(existsSync), [false, false]);
  assert.deepEqual(readdirSync(join(project, '.data')).filter(name => name === 'scratch'), []);
});

after(() => {
  for (const project of made) {
    script(project, 'stop');
    const home = join(project, '.data/postgres');
    const base = existsSync(home) ? realpathSync(home) : home;
    if (!base.startsWith(project)) rmSync(dirname(base), { recursive: true });
    rmSync(project, { recursive: true, force: true });
    rmSync(dirname(project), { recursive: true, force: true });
  }
});

// A folder with the scripts in it, which is a project as far as they can tell. Everybody may enter.
function makeProject(name = 'project') {
  const parent = mkdtempSync('/tmp/fa-');
  chmodSync(parent, 0o755);
  const project = join(parent, name);
  mkdirSync(project, { mode: 0o755 });
  cpSync(scripts, join(project, 'scripts'), { recursive: true });
  made.push(project);
  return project;
}

function script(project, ...args) {
  return spawnSync('bash', [join(project, 'scripts/postgres.sh'), ...args], { encoding: 'utf8' });
}

function ok(project, ...args) {
  const { status, stdout, stderr } = script(project, ...args);
  assert.equal(status, 0, stderr + stdout);
  return stdout;
}

function query(project, sql, ...options) {
  return ok(project, 'psql', ...options, '-XAtqc', sql).trim();
}

// Runs lines of shell with the scripts' functions at hand, as run.sh and test.sh have them.
function shell(project, lines) {
  const { status, stdout, stderr } = spawnSync(
    'bash', ['-c', `set -euo pipefail; source scripts/setup.sh; source scripts/postgres.sh; ${lines}`], { cwd: project, encoding: 'utf8' });
  assert.equal(status, 0, stderr + stdout);
  return stdout.trim();
}

function pid(project) {
  return Number(readFileSync(join(project, '.data/postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
}

function asOwner(command) {
  return isRoot ? `runuser -u postgres -- ${command}` : command;
}

function waitForProcess(commandLine) {
  for (let tries = 0; tries < 200; tries++) {
    const { stdout } = spawnSync('pgrep', ['-n', '-x', '-f', commandLine], { encoding: 'utf8' });
    if (stdout) return Number(stdout);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  throw new Error(`No process ${commandLine}`);
}
