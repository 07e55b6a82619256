// run.sh with the server that is built, in a folder of its own: its own .data, everything else by links.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
let parent, project, started = [];

before(() => {
  parent = mkdtempSync('/tmp/fa-');
  chmodSync(parent, 0o755);
  project = join(parent, 'project');
  cpSync(join(root, 'scripts'), join(project, 'scripts'), { recursive: true });
  cpSync(join(root, 'run.sh'), join(project, 'run.sh'));
  for (const name of [
    'src', 'node_modules', 'onnx-models', 'package.json', 'package-lock.json', 'FaceAttendance.sln', 'global.json',
    'Directory.Build.props', 'Directory.Packages.props', '.globalconfig', '.editorconfig',
  ]) symlinkSync(join(root, name), join(project, name));
  // What is built already counts as up to date, and nobody goes out for weights.
  shell('make_data_folder; fingerprint src >.data/built-server; touch .data/weights-tried');
});

afterEach(async () => {
  for (const run of started) {
    if (run.child.exitCode === null) {
      run.child.kill('SIGTERM');
      await run.ended;
    }
  }
  started = [];
});

after(() => {
  shell('make_data_folder; cluster_remove postgres /var/lib');
  rmSync(parent, { recursive: true });
});

test('Run_FreshFolder_AnswersAtThePrintedAddressUntilToldToStop', async () => {
  const run = start();
  const address = await run.ready();

  const { status } = await fetch(`${address}/health/ready`);
  run.child.kill('SIGTERM');
  const code = await run.ended;

  assert.equal(status, 200);
  assert.match(run.output, new RegExp(`Swagger UI +${address}/swagger`));
  assert.equal(code, 0);
  assert.equal(clusterRuns(), false);
});

test('Run_CtrlC_StopsServerAndCluster', async () => {
  const run = start();
  const address = await run.ready();

  // A terminal sends it to every process of the foreground group.
  process.kill(-run.child.pid, 'SIGINT');
  const code = await run.ended;

  assert.equal(code, 0);
  await assert.rejects(fetch(`${address}/health/ready`));
  assert.equal(clusterRuns(), false);
});

test('Run_Killed_TakesTheServerAlongAndStartsAgain', async () => {
  const killed = start();
  const address = await killed.ready();
  killed.child.kill('SIGKILL');
  await killed.ended;
  await closed(address);

  const next = start();
  await next.ready();
  next.child.kill('SIGTERM');
  await next.ended;

  assert.equal(clusterRuns(), false);
});

test('Run_TwoInOneFolder_ShareTheClusterUntilTheLastLeaves', async () => {
  const first = start();
  await first.ready();
  const second = start();
  const address = await second.ready();
  first.child.kill('SIGTERM');
  await first.ended;

  const { status } = await fetch(`${address}/health/ready`);
  second.child.kill('SIGTERM');
  await second.ended;

  assert.equal(status, 200);
  assert.equal(clusterRuns(), false);
});

test('Run_PortIsTaken_SaysSoAndStartsNothing', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const taken = `http://127.0.0.1:${other.address().port}`;

  const run = start({}, '--urls', taken);
  const code = await run.ended;
  other.close();

  assert.equal(code, 1);
  assert.match(run.output, new RegExp(`Something listens on ${taken} already`));
  assert.equal(clusterRuns(), false);
});

test('Run_SettingDoesNotParse_FailsWithTheServersWords', async () => {
  const run = start({ FACE_TOLERANCE: 'lenient' });

  const code = await run.ended;

  assert.notEqual(code, 0);
  assert.match(run.output, /FACE_TOLERANCE/);
  assert.doesNotMatch(run.output, /is ready/);
  assert.equal(clusterRuns(), false);
});

for (const place of ['the environment', '.env']) {
  test(`Run_DatabaseIsGivenIn ${place}_MakesNone`, async () => {
    const nowhere = 'Host=/nowhere;Username=nobody;Database=nothing';
    rmSync(join(project, '.data/postgres'), { recursive: true, force: true });
    if (place === '.env') writeFileSync(join(project, '.env'), `ConnectionStrings__Default='${nowhere}'\n`);

    const run = start({ Persistence__StartupWait: '00:00:01', ...(place === '.env' ? {} : { ConnectionStrings__Default: nowhere }) });
    const code = await run.ended;
    rmSync(join(project, '.env'), { force: true });

    assert.notEqual(code, 0);
    assert.match(run.output, /\/nowhere/);
    assert.equal(existsSync(join(project, '.data/postgres')), false);
  });
}

// Starts run.sh as a terminal would, in a process group of its own; by default on a port of the server's choice.
function start(environment = {}, ...args) {
  const { ConnectionStrings__Default, ASPNETCORE_URLS, ASPNETCORE_ENVIRONMENT, ...own } = process.env;
  const child = spawn(join(project, 'run.sh'), args.length > 0 ? args : ['--urls', 'http://127.0.0.1:0'], {
    env: { ...own, ...environment }, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = { child, output: '', ended: once(child, 'exit').then(([code]) => code) };
  const changed = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', text => {
      run.output += text;
      changed.dispatchEvent(new Event('output'));
    });
  }
  run.ready = () => new Promise((resolve, reject) => {
    const look = () => {
      const found = /is ready[^]*API +(http:\S+)\n/.exec(run.output);
      if (found) resolve(found[1]);
    };
    changed.addEventListener('output', look);
    run.ended.then(code => reject(new Error(`run.sh ended with ${code}:\n${run.output}`)));
    look();
  });
  started.push(run);
  return run;
}

async function closed(address) {
  for (let tries = 0; tries < 600; tries++) {
    try {
      await fetch(`${address}/health/live`);
    } catch {
      return;
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  assert.fail(`${address} still answers`);
}

function clusterRuns() {
  return spawnSync(join(project, 'scripts/postgres.sh'), ['status'], { encoding: 'utf8' }).status === 0;
}

function shell(lines) {
  const { status, stdout, stderr } = spawnSync(
    'bash', ['-c', `set -euo pipefail; source scripts/setup.sh; source scripts/postgres.sh; ${lines}`], { cwd: project, encoding: 'utf8' });
  assert.equal(status, 0, stderr + stdout);
}
