// A reporter for `node --test`: one JSON array of what each test came to, for test-summary.mjs.
import { isAbsolute } from 'node:path';

export default async function* report(events) {
  const tests = [];
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    // A describe block is no test: it fails with the tests in it.
    if (data.details?.type === 'suite') continue;
    // Nor is a file, which is reported in the place of its tests when it has none.
    if (type === 'test:pass' && isAbsolute(data.name)) continue;
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const reason = skipped ? data.skip ?? data.todo : data.details?.error?.cause?.message ?? data.details?.error?.message;
    tests.push({
      name: data.name,
      outcome: skipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed',
      message: typeof reason === 'string' ? reason : '',
    });
  }
  yield JSON.stringify(tests);
}
