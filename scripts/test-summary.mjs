// Sums up the suites of a ./test.sh: node scripts/test-summary.mjs <folder>. In the folder, suites.tsv has a line for
// each suite (name, exit code, seconds); beside it lies what the suite reported: a .trx of `dotnet test` or a .json of
// test-reporter.mjs. The last line printed is the count; the exit code is 1 unless something ran and nothing failed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const lines = existsSync(join(folder, 'suites.tsv')) ? readFileSync(join(folder, 'suites.tsv'), 'utf8').trim().split('\n') : [];
const total = { passed: 0, failed: 0, skipped: 0 };
const named = { failed: [], skipped: [] };

for (const [suite, code, seconds] of lines.map(line => line.split('\t'))) {
  const tests = readResults(join(folder, suite.replaceAll('/', '__')));
  // 124 and 137 are those of `timeout`.
  const ending = code === '124' || code === '137' ? 'took too long and was stopped' : `exit code ${code}`;
  if (tests.length === 0) tests.push({ name: 'the suite', outcome: 'failed', message: `no test ran (${ending})` });
  // A test host that crashed, or was stopped for hanging, reports the tests that it had finished and nothing of the rest.
  else if (code !== '0' && !tests.some(test => test.outcome === 'failed'))
    tests.push({ name: 'the suite', outcome: 'failed', message: `did not run to its end (${ending})` });

  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, outcome, message } of tests) {
    count[outcome]++;
    if (outcome !== 'passed') named[outcome].push(`  ${suite}: ${name}${message ? `: ${message.trim().split('\n')[0]}` : ''}`);
  }
  for (const outcome in total) total[outcome] += count[outcome];
  console.log(`${suite.padEnd(28)} ${counted(count)}, ${seconds} s`);
}

for (const outcome of ['skipped', 'failed']) {
  if (named[outcome].length > 0) console.log(`\n${outcome[0].toUpperCase()}${outcome.slice(1)}:\n${named[outcome].join('\n')}`);
}
if (lines.length === 0) console.log('No suite ran.');
console.log(`\n${counted(total)}`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

function counted({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function readResults(path) {
  if (existsSync(`${path}.json`)) {
    // Empty when the runner itself was killed.
    const json = readFileSync(`${path}.json`, 'utf8');
    return json ? JSON.parse(json) : [];
  }
  return existsSync(`${path}.trx`) ? readTrx(readFileSync(`${path}.trx`, 'utf8')) : [];
}

// The file is written by a program and always in the same way, so its few elements are picked out as text.
function readTrx(xml) {
  const classes = new Map();
  for (const [, attributes, body] of xml.matchAll(/<UnitTest ([^>]*)>([\s\S]*?)<\/UnitTest>/g)) {
    classes.set(attribute(attributes, 'id'), attribute(body, 'className').split('.').at(-1));
  }
  return [...xml.matchAll(/<UnitTestResult ([^>]*?)(?:\/>|>([\s\S]*?)<\/UnitTestResult>)/g)].map(([, attributes, body = '']) => {
    const outcome = attribute(attributes, 'outcome');
    return {
      name: `${classes.get(attribute(attributes, 'testId')) ?? '?'}.${attribute(attributes, 'testName')}`,
      outcome: outcome === 'Passed' ? 'passed' : outcome === 'NotExecuted' ? 'skipped' : 'failed',
      message: decode(/<Message>([\s\S]*?)<\/Message>/.exec(body)?.[1] ?? ''),
    };
  });
}

function attribute(text, name) {
  return decode(new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1] ?? '');
}

function decode(text) {
  const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(\w+));/g, (all, hex, decimal, name) =>
    hex ? String.fromCodePoint(parseInt(hex, 16)) : decimal ? String.fromCodePoint(Number(decimal)) : entities[name] ?? all);
}
