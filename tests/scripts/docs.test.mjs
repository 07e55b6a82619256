// The commands that the documents show: each shell block is run as it stands, in a project folder with its own server, or says
// in a comment before it why not: <!-- not run: … -->
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePort, needsShared, photo } from '../system/server.mjs';
import { makeProject, root } from './project.mjs';
import { zip } from './zip.mjs';

const pages = ['README.md', 'CONTRIBUTING.md', 'onnx-models/README.md', ...readdirSync(join(root, 'docs'))
  .filter(name => name.endsWith('.md')).map(name => `docs/${name}`)];
const runbook = 'docs/runbook.md';
const blocks = pages.flatMap(page => blocksOf(page, readFileSync(join(root, page), 'utf8')));
const run = blocks.filter(block => block.reason === null);

test('Blocks_OfEveryPage_AreRunOrSayWhyNot', () => {
  const kept = blocks.filter(block => block.reason !== null);

  for (const { name, reason } of kept) assert.ok(reason.length > 10, `${name} says why`);
  // Whoever adds one that cannot be run changes this number.
  assert.equal(kept.length, 15, kept.map(block => block.name).join('\n'));
  assert.equal(run.filter(block => block.page === runbook).length, 2, 'a backup and a restore, which have a test of their own');
});

test('BlocksOf_Specimen_AreSeen', () => {
  const page = 'x\n\n```sh\na\n```\n\n<!-- not run: no camera -->\n```sh\nb\nc\n```\n\n```sql\nd\n```\n';

  assert.deepEqual(blocksOf('p', page), [
    { page: 'p', name: 'p:3', reason: null, text: 'a\n' }, { page: 'p', name: 'p:8', reason: 'no camera', text: 'b\nc\n' },
  ]);
});

describe('the blocks', { skip: needsShared }, () => {
  const outputs = new Map();
  let project, base, environment;

  before(async () => {
    project = makeProject();
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    await start().ready();
    const key = spawnSync(join(project.folder, 'run.sh'), ['--issue-admin-key'], { encoding: 'utf8', env: environmentOf({}) });
    const endpoint = { url: `${base}/mock/webhook`, events: ['attendance.recognized'] };
    environment = {
      FACE_SERVER: base, KEY: /fa_[\w-]{40,}/.exec(key.stdout)[0],
      // What the pages' variables stand for: an endpoint, and one of its deliveries.
      ID: (await call('/api/v1/webhooks', JSON.stringify(endpoint), { 'Content-Type': 'application/json' })).id,
    };
    layOut();
  });

  after(async () => {
    await project?.stop();
    project?.remove();
  });

  for (const block of run.filter(b => b.page !== runbook)) {
    test(`Block_${block.name}_Runs`, async () => {
      if (block.text.includes('$DELIVERY')) {
        const { items } = await call(`/api/v1/webhooks/${environment.ID}/deliveries`);
        environment.DELIVERY = items[0].id;
      }

      const output = runBlock(block);
      outputs.set(block, output);

      // What a comment says of the answer, it says.
      for (const [, answer] of block.text.matchAll(/# \d{3} (\{.*\})/g)) assert.ok(output.includes(answer), `${answer} in\n${output}`);
    });
  }

  test('Readme_JsonBelowItsCommands_IsWhatComes', () => {
    const shown = /```json\n(.*)\n(.*)\n```/.exec(readFileSync(join(root, 'README.md'), 'utf8')).slice(1).map(line => JSON.parse(line));

    const answers = outputs.get(run.find(block => block.text.includes('/enroll'))).split(/(?<=\})\s*(?=\{"ok")/);
    const [enrolled, recognised] = answers.map(line => JSON.parse(line));

    assert.deepEqual(Object.keys(enrolled), Object.keys(shown[0]));
    assert.deepEqual(Object.keys(recognised), Object.keys(shown[1]));
    assert.equal(recognised.results[0].label, 'siswaA');
  });

  test('Privacy_KeyFile_IsItsOwnersAlone', () => {
    assert.equal(statSync(join(project.folder, 'server-keys')).mode & 0o077, 0);
  });

  test('Runbook_BackupAndRestore_ServerStartsOnTheRestoredDatabaseAndRecognises', async () => {
    const [backup, restore] = run.filter(block => block.page === runbook);
    runBlock(backup);
    await project.stop();
    // What the dump does not hold is not there afterwards.
    project.shell('server_cluster_start; cluster_psql -d faceattendance -c "TRUNCATE students CASCADE"');
    runBlock(restore);

    await start().ready();
    const form = new FormData();
    form.append('image', new Blob([readFileSync(join(project.folder, 'another.jpg'))]), 'another.jpg');
    const answer = await call('/recognize', form);

    assert.equal(answer.results[0].label, 'siswaA');
  });

  function start() {
    return project.run({ ATTENDANCE_WEBHOOK_URL: `${base}/mock/webhook`, WEBHOOK_ALLOW_PRIVATE: 'true' }, '--urls', base);
  }

  /** What the commands find in the folder: photos of three people, and the roster that the page shows. */
  function layOut() {
    const place = name => join(project.folder, name);
    const picture = (person, number) => photo(`lfw/${person}/${person}_000${number}.jpg`);
    cpSync(picture('Ari_Fleischer', 1), place('photo.jpg'));
    cpSync(picture('Ari_Fleischer', 2), place('another.jpg'));
    for (const person of ['JK_Rowling', 'Jim_Furyk']) {
      mkdirSync(place(`known_faces/${person}`), { recursive: true });
      cpSync(picture(person, 1), place(`known_faces/${person}/1.jpg`));
    }
    writeFileSync(place('approved.csv'), 'student_id,override,reason\nJK_Rowling,duplicate,Twins.\n');
    writeFileSync(place('roster.csv'), /```csv\n([^]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))[1]);
    writeFileSync(place('7b.txt'), 'siswaA\n');
    writeFileSync(place('photos.zip'), zip({ 'ayu.jpg': readFileSync(picture('Ari_Fleischer', 1)) }));
  }

  async function call(path, body, headers) {
    const answer = await fetch(base + path, { method: body ? 'POST' : 'GET', body, headers });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  }

  function environmentOf(more) {
    const { ConnectionStrings__Default, ASPNETCORE_URLS, ASPNETCORE_ENVIRONMENT, ...own } = process.env;
    return { ...own, ...more };
  }

  /** As it stands, but for the server's address and the key; whatever fails, an HTTP error among it, ends it. */
  function runBlock({ name, text }) {
    // curl's own settings: an answer of 4xx is a failure.
    writeFileSync(join(project.folder, '.curlrc'), 'fail-with-body\nsilent\nshow-error\nno-progress-meter\n');
    const script = text.replaceAll('http://127.0.0.1:8000', base).replaceAll('fa_…', environment.KEY);
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: project.folder, encoding: 'utf8', timeout: 60_000, env: environmentOf({ ...environment, CURL_HOME: project.folder }),
    });
    assert.equal(status, 0, `${name}\n${script}\n${stderr}${stdout}`);
    return stdout;
  }
});

function blocksOf(page, text) {
  return [...text.matchAll(/(?:^<!-- not run: ([^]*?) -->\n)?^```sh\n([^]*?)^```$/gm)].map(found => {
    const line = text.slice(0, found.index + found[0].indexOf('```sh')).split('\n').length;
    return { page, name: `${page}:${line}`, reason: found[1] ?? null, text: found[2] };
  });
}
