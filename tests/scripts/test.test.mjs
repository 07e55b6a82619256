// What test.sh sets up for each choice of suites: in a project of its own, whose `dotnet` writes down what it is asked for.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
let parent, project;

before(() => {
  parent = mkdtempSync('/tmp/fa-');
  // The user postgres has to pass through.
  chmodSync(parent, 0o755);
  project = join(parent, 'project');
  for (const name of ['scripts', 'test.sh']) cpSync(join(root, name), join(project, name), { recursive: true });
  for (const name of [
    'FaceAttendance.sln', 'global.json', 'Directory.Build.props', 'Directory.Build.targets', 'Directory.Packages.props', '.globalconfig',
    '.editorconfig',
  ]) symlinkSync(join(root, name), join(project, name));
  for (const folder of ['src', 'benchmarks', 'deploy/receiver-example', 'bin']) mkdirSync(join(project, folder), { recursive: true });
  write('tests/TestKit/TestKit.csproj', '<IsTestProject>false</IsTestProject>');
  write('tests/Rules/Rules.csproj', '<IsTestProject>true</IsTestProject>');
  write('tests/Stores/Stores.csproj', '<IsTestProject>true</IsTestProject> <ProjectReference Include="../TestKit/TestKit.csproj" />');
  for (const suite of ['scripts', 'system'])
    write(`tests/${suite}/one.test.mjs`, 'import { test } from "node:test"; test("Script_Always_Passes", () => {});');
  write('bin/npm', `#!/bin/bash\necho "npm $1" >>${project}/asked\n`);
  write('bin/dotnet', `#!/bin/bash
case $1 in
  --list-sdks) echo "10.0.100 [/nowhere]" ;;
  *) echo "$1 $2" "\${FACE_TEST_POSTGRES:+with a cluster}" >>${project}/asked ;;
esac
if [[ $1 == test ]]; then
  [[ $* =~ LogFileName=([^ ]+) ]]
  {
    echo '<UnitTest name="A" id="1"><TestMethod className="T" name="A" /></UnitTest>'
    echo '<UnitTestResult testId="1" testName="A" outcome="Passed" />'
  } >"\${BASH_REMATCH[1]}"
fi
`);
  for (const name of ['npm', 'dotnet']) chmodSync(join(project, 'bin', name), 0o755);
});

beforeEach(() => {
  rmSync(join(project, '.data'), { recursive: true, force: true });
  rmSync(join(project, 'asked'), { force: true });
});

after(() => rmSync(parent, { recursive: true }));

test('Test_SuiteOfRules_BuildsItsProjectAloneAndSetsUpNothing', () => {
  const { status, stdout } = run('Rules');

  assert.equal(status, 0, stdout);
  assert.match(stdout, /\n1 passed, 0 failed\n$/);
  assert.deepEqual(asked(), [`restore ${project}/tests/Rules`, `build ${project}/tests/Rules`, 'test tests/Rules']);
});

test('Test_SuiteThatTakesFromTheKit_HasACluster', () => {
  const { status, stdout } = run('Stores');

  assert.equal(status, 0, stdout);
  assert.deepEqual(asked(), [`restore ${project}/tests/Stores`, `build ${project}/tests/Stores`, 'test tests/Stores with a cluster']);
  assert.equal(existsSync(join(project, '.data/test-postgres')), false, 'it is removed');
});

test('Test_Scripts_BuildTheServerAndMakeNoCluster', () => {
  const { status, stdout } = run('scripts');

  assert.equal(status, 0, stdout);
  assert.match(stdout, /\n1 passed, 0 failed\n$/);
  assert.doesNotMatch(stdout, /Creating a PostgreSQL cluster/);
  assert.deepEqual(asked(), [`restore ${project}/scripts/src.slnf`, `build ${project}/scripts/src.slnf`]);
});

test('Test_SuiteOfTheWholeSystem_InstallsWhatItIsWrittenWith', () => {
  const { status, stdout } = run('system');

  assert.equal(status, 0, stdout);
  assert.deepEqual(asked(), ['npm ci', `restore ${project}/scripts/src.slnf`, `build ${project}/scripts/src.slnf`]);
});

test('Test_NothingChosen_BuildsTheSolutionAndRunsEverySuite', () => {
  const { status, stdout } = run();

  assert.equal(status, 0, stdout);
  assert.match(stdout, /\n4 passed, 0 failed\n$/);
  assert.deepEqual(asked(), [
    'npm ci', `restore ${project}/FaceAttendance.sln`, `build ${project}/FaceAttendance.sln`,
    'test tests/Rules with a cluster', 'test tests/Stores with a cluster',
  ]);
});

test('Test_NoSuchSuite_NamesThoseThereAre', () => {
  const { status, stdout, stderr } = run('Ruels');

  assert.equal(status, 1);
  assert.match(stderr, /no suite Ruels\. The suites: Rules Stores scripts\/one system\/one/);
  assert.match(stdout, /0 passed, 1 failed\n$/);
});

function write(name, text) {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), text);
}

function run(...args) {
  const { FACE_TEST_POSTGRES, NODE_TEST_CONTEXT, ...own } = process.env;
  const env = { ...own, PATH: `${join(project, 'bin')}:${own.PATH}` };
  return spawnSync(join(project, 'test.sh'), args, { encoding: 'utf8', env });
}

function asked() {
  return readFileSync(join(project, 'asked'), 'utf8').trim().split('\n').map(line => line.trim());
}
