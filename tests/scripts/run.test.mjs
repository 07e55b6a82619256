// run.sh with the server that is built, in a folder of its own: its own .data, everything else by links.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { makeProject } from './project.mjs';

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
