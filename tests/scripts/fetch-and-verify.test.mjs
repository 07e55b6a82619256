// onnx-models/fetch-and-verify.sh against a server of this test's own, in a folder of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), '../../onnx-models/fetch-and-verify.sh');
const detector = randomBytes(30_000), embedder = randomBytes(50_000), restricted = randomBytes(10_000);

let folder, server, base, requests, answer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fetch-and-verify-'));
  copyFileSync(script, join(folder, 'fetch-and-verify.sh'));
  requests = [];
  answer = serve;
  server = createServer((request, response) => {
    requests.push({ path: request.url, range: request.headers.range });
    answer(request, response);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${server.address().port}`;
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({
    models: {
      'a-detector': entry('detector.onnx', detector, { url: `${base}/a/detector.onnx?raw=true` }),
      'an-embedder': entry('large/embedder.onnx', embedder, { url: `${base}/an/embedder.onnx` }),
      'a-restricted': entry('restricted.onnx', restricted, { url: `${base}/restricted.onnx`, commercial: false, licence: 'research only' }),
      'an-unpublished': entry('unpublished.onnx', restricted, { url: null }),
    },
    profiles: {
      standard: { detectors: ['a-detector'], embedder: 'an-embedder' },
      research: { detectors: ['a-detector'], embedder: 'a-restricted' },
    },
  }));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

test('Fetch_NoArguments_BringsTheStandardProfile', async () => {
  const { code } = await run();

  assert.equal(code, 0);
  assert.deepEqual(read('detector.onnx'), detector);
  assert.deepEqual(read('large/embedder.onnx'), embedder);
  assert.equal(existsSync(join(folder, 'restricted.onnx')), false);
  assertNothingHalfDone();
});

test('Fetch_SecondTime_AsksTheServerForNothing', async () => {
  await run();
  requests = [];

  const { code, out } = await run();

  assert.equal(code, 0);
  assert.deepEqual(requests, []);
  assert.match(out, /a-detector: here and verified/);
});

test('Fetch_OneModelByName_BringsThatOne', async () => {
  const { code } = await run('a-detector');

  assert.equal(code, 0);
  assert.deepEqual(requests.map(r => r.path), ['/a/detector.onnx?raw=true']);
});

test('Fetch_CorruptedFile_RefusesItNamingBothDigests', async () => {
  const corrupted = Buffer.from(detector);
  corrupted[7] ^= 1;
  answer = (request, response) => response.end(request.url.startsWith('/a/') ? corrupted : embedder);

  const { code, err } = await run();

  assert.equal(code, 3);
  assert.match(err, new RegExp(digest(detector)));
  assert.match(err, new RegExp(digest(corrupted)));
  assert.equal(existsSync(join(folder, 'detector.onnx')), false);
  assert.deepEqual(read('large/embedder.onnx'), embedder);
  assertNothingHalfDone();
});

test('Fetch_FileWithoutEnd_StopsAtTheSizeOfTheManifest', async () => {
  answer = (request, response) => {
    const timer = setInterval(() => response.write(randomBytes(64 * 1024)), 1);
    response.on('close', () => clearInterval(timer));
  };

  const { code } = await run('a-detector');

  assert.equal(code, 3);
  assert.equal(existsSync(join(folder, 'detector.onnx')), false);
  assertNothingHalfDone();
});

test('Fetch_NotFound_SaysWhichAddressAndGoesOn', async () => {
  answer = (request, response) => {
    response.statusCode = request.url.startsWith('/a/') ? 404 : 200;
    response.end(response.statusCode === 404 ? 'no such page' : embedder);
  };

  const { code, err } = await run();

  assert.equal(code, 1);
  assert.match(err, /a-detector: http:.*\/a\/detector\.onnx/);
  assert.deepEqual(read('large/embedder.onnx'), embedder);
  assertNothingHalfDone();
});

test('Fetch_NobodyListens_Fails', async () => {
  const { code, err } = await run('--base-url', 'http://127.0.0.1:1', 'a-detector');

  assert.equal(code, 1);
  assert.match(err, /could not be downloaded/);
});

test('Fetch_CutShort_GoesOnWhereItStopped', async () => {
  answer = (request, response) => {
    response.setHeader('Content-Length', detector.length);
    response.write(detector.subarray(0, 12_000), () => response.destroy());
  };
  const { code: first } = await run('a-detector');
  assert.equal(first, 1);
  requests = [];
  answer = serve;

  const { code } = await run('a-detector');

  assert.equal(code, 0);
  assert.equal(requests[0].range, 'bytes=12000-');
  assert.deepEqual(read('detector.onnx'), detector);
  assertNothingHalfDone();
});

test('Fetch_ResumeWithoutRanges_StartsAgain', async () => {
  writeFileSync(join(folder, 'detector.onnx.part'), detector.subarray(0, 12_000));
  answer = (request, response) => response.end(detector);

  const { code } = await run('a-detector');

  assert.equal(code, 0);
  assert.deepEqual(read('detector.onnx'), detector);
});

test('Fetch_PartIsComplete_NeedsNoServer', async () => {
  writeFileSync(join(folder, 'detector.onnx.part'), detector);

  const { code } = await run('a-detector');

  assert.equal(code, 0);
  assert.deepEqual(requests, []);
  assert.deepEqual(read('detector.onnx'), detector);
});

test('Fetch_WrongFileIsHere_LeavesItAndNamesBothDigests', async () => {
  const mine = randomBytes(100);
  writeFileSync(join(folder, 'detector.onnx'), mine);

  const { code, err } = await run('a-detector');

  assert.equal(code, 3);
  assert.match(err, new RegExp(digest(detector)));
  assert.match(err, new RegExp(digest(mine)));
  assert.deepEqual(read('detector.onnx'), mine);
  assert.deepEqual(requests, []);
});

test('Fetch_NonCommercialWithoutConsent_IsRefused', async () => {
  const { code, err } = await run('research');

  assert.equal(code, 4);
  assert.match(err, /a-restricted.*research only.*--accept-noncommercial/);
  assert.deepEqual(read('detector.onnx'), detector);
  assert.equal(requests.some(r => r.path.includes('restricted')), false);
});

test('Fetch_NonCommercialWithConsent_IsBrought', async () => {
  const { code } = await run('--accept-noncommercial', 'research');

  assert.equal(code, 0);
  assert.deepEqual(read('restricted.onnx'), restricted);
});

test('Fetch_Unpublished_SaysToSupplyIt', async () => {
  const { code, err } = await run('an-unpublished');

  assert.equal(code, 1);
  assert.match(err, /unpublished\.onnx/);
});

for (const [how, ask] of Object.entries({
  Option: mirror => run('--base-url', mirror),
  OptionWithSlash: mirror => run(`--base-url=${mirror}/`),
  Environment: mirror => runWith({ FACE_MODELS_MIRROR: mirror }),
})) {
  test(`Fetch_MirrorBy${how}_ServesEveryFile`, async () => {
    const { code } = await ask(`${base}/mirror`);

    assert.equal(code, 0);
    assert.deepEqual(requests.map(r => r.path), ['/mirror/detector.onnx', '/mirror/large/embedder.onnx']);
  });
}

test('Fetch_DryRun_TouchesNothing', async () => {
  const { code, out } = await run('--dry-run');

  assert.equal(code, 0);
  assert.match(out, /would download detector\.onnx/);
  assert.deepEqual(requests, []);
  assert.deepEqual(readdirSync(folder).sort(), ['fetch-and-verify.sh', 'manifest.json']);
});

test('Fetch_TwoAtOnce_BringEachFileOnce', async () => {
  answer = (request, response) => setTimeout(() => serve(request, response), 200);

  const both = await Promise.all([run(), run()]);

  assert.deepEqual(both.map(b => b.code), [0, 0]);
  assert.equal(requests.length, 2);
  assert.deepEqual(read('large/embedder.onnx'), embedder);
  assertNothingHalfDone();
});

for (const wrong of [['no-such-model'], ['--no-such-option'], ['--max-time', 'soon'], ['--base-url']]) {
  test(`Fetch_Arguments_AreRefused (${wrong.join(' ')})`, async () => {
    const { code, err } = await run(...wrong);

    assert.equal(code, 2);
    assert.notEqual(err, '');
    assert.deepEqual(requests, []);
  });
}

test('Fetch_FileOutsideTheFolder_IsRefused', async () => {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json')));
  manifest.models['a-detector'].file = '../escaped.onnx';
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));

  const { code } = await run('a-detector');

  assert.equal(code, 2);
  assert.deepEqual(requests, []);
});

function entry(file, content, more) {
  return { kind: 'detector', file, sha256: digest(content), bytes: content.length, licence: 'MIT', commercial: true, ...more };
}

function digest(content) {
  return createHash('sha256').update(content).digest('hex');
}

function read(file) {
  return readFileSync(join(folder, file));
}

function assertNothingHalfDone() {
  assert.deepEqual(readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.part')), []);
}

// Sends the file that the path names, whole or from the asked byte on.
function serve(request, response) {
  const content = request.url.includes('detector') ? detector : request.url.includes('embedder') ? embedder : restricted;
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0) {
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${from}-${content.length - 1}/${content.length}`);
  }
  response.end(content.subarray(from));
}

function run(...args) {
  return runWith({}, ...args);
}

function runWith(environment, ...args) {
  const { FACE_MODELS_MIRROR, ...own } = process.env;
  const child = spawn('bash', [join(folder, 'fetch-and-verify.sh'), ...args], { env: { ...own, ...environment } });
  let out = '', err = '';
  child.stdout.on('data', text => (out += text));
  child.stderr.on('data', text => (err += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({ code, out, err }));
  });
}
