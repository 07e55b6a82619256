// run.sh with the server that is built, in a folder of its own: its own .data, everything else by links.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { makeProject, root } from './project.mjs';

let project;

before(() => {
  project = makeProject();
});

afterEach(() => project.stop());

after(() => project.remove());

test('Run_FreshFolder_AnswersAtThePrintedAddressUntilToldToStop', async () => {
  const run = project.run();
  const address = await run.ready();

  const { status } = await fetch(`${address}/health/ready`);
  run.child.kill('SIGTERM');
  const code = await run.ended;

  assert.equal(status, 200);
  assert.match(run.output, new RegExp(`Swagger UI +${address}/swagger`));
  assert.equal(code, 0);
  assert.equal(project.clusterRuns(), false);
});

const shared = process.env.FACE_SHARED_DIR ?? join(root, '../shared');
test('Run_WithoutNodeJs_EnrolsAndRecognizes', { skip: !existsSync(join(shared, 'faces')) && 'needs ../shared/faces' }, async () => {
  const path = pathWithout('node', 'nodejs', 'npm', 'npx', 'corepack');
  const run = project.run({ PATH: path, FACE_MODELS_DIR: join(shared, 'models') });
  const address = await run.ready();
  const photos = ['0001', '0002'].map(number => readFileSync(join(shared, `faces/lfw/Ari_Fleischer/Ari_Fleischer_${number}.jpg`)));

  const enrolled = await post(`${address}/enroll`, { student_id: 'siswaA', image: new Blob([photos[0]]) });
  const recognized = await post(`${address}/recognize`, { image: new Blob([photos[1]]) });

  assert.deepEqual([enrolled.ok, enrolled.saved], [true, 1]);
  assert.deepEqual(recognized.results.map(face => face.label), ['siswaA']);
});

test('Run_CtrlC_StopsServerAndCluster', async () => {
  const run = project.run();
  const address = await run.ready();

  // A terminal sends it to every process of the foreground group.
  process.kill(-run.child.pid, 'SIGINT');
  const code = await run.ended;

  assert.equal(code, 0);
  await assert.rejects(fetch(`${address}/health/ready`));
  assert.equal(project.clusterRuns(), false);
});

test('Run_Killed_TakesTheServerAlongAndStartsAgain', async () => {
  const killed = project.run();
  const address = await killed.ready();
  killed.child.kill('SIGKILL');
  await killed.ended;
  await closed(address);

  const next = project.run();
  await next.ready();
  next.child.kill('SIGTERM');
  await next.ended;

  assert.equal(project.clusterRuns(), false);
});

test('Run_TwoInOneFolder_ShareTheClusterUntilTheLastLeaves', async () => {
  const first = project.run();
  await first.ready();
  const second = project.run();
  const address = await second.ready();
  first.child.kill('SIGTERM');
  await first.ended;

  const { status } = await fetch(`${address}/health/ready`);
  second.child.kill('SIGTERM');
  await second.ended;

  assert.equal(status, 200);
  assert.equal(project.clusterRuns(), false);
});

test('Run_PortIsTaken_SaysSoAndStartsNothing', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const taken = `http://127.0.0.1:${other.address().port}`;

  const run = project.run({}, '--urls', taken);
  const code = await run.ended;
  other.close();

  assert.equal(code, 1);
  assert.match(run.output, new RegExp(`Something listens on ${taken} already`));
  assert.equal(project.clusterRuns(), false);
});

test('Run_SettingDoesNotParse_FailsWithTheServersWords', async () => {
  const run = project.run({ FACE_TOLERANCE: 'lenient' });

  const code = await run.ended;

  assert.notEqual(code, 0);
  assert.match(run.output, /FACE_TOLERANCE/);
  assert.doesNotMatch(run.output, /is ready/);
  assert.equal(project.clusterRuns(), false);
});

for (const place of ['the environment', '.env']) {
  test(`Run_DatabaseIsGivenIn ${place}_MakesNone`, async () => {
    const nowhere = 'Host=/nowhere;Username=nobody;Database=nothing';
    rmSync(join(project.folder, '.data/postgres'), { recursive: true, force: true });
    if (place === '.env') writeFileSync(join(project.folder, '.env'), `ConnectionStrings__Default='${nowhere}'\n`);

    const given = place === '.env' ? {} : { ConnectionStrings__Default: nowhere };
    const run = project.run({ Persistence__StartupWait: '00:00:01', ...given });
    const code = await run.ended;
    rmSync(join(project.folder, '.env'), { force: true });

    assert.notEqual(code, 0);
    assert.match(run.output, /\/nowhere/);
    assert.equal(existsSync(join(project.folder, '.data/postgres')), false);
  });
}

// A folder with links to every program of the PATH but these.
function pathWithout(...names) {
  const folder = join(project.parent, 'bin');
  mkdirSync(folder);
  const taken = new Set(names);
  for (const from of process.env.PATH.split(':').filter(existsSync)) {
    for (const name of readdirSync(from).filter(name => !taken.has(name))) {
      symlinkSync(join(from, name), join(folder, name));
      taken.add(name);
    }
  }
  return folder;
}

async function post(address, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return (await fetch(address, { method: 'POST', body: form })).json();
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
