// Reads how many tests passed, failed and were skipped from the reports of vitest and pytest.
import { existsSync, readFileSync } from 'node:fs';

export const none = { passed: 0, failed: 0, skipped: 0 };

export const add = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** A command without tests of its own (lint, build …) counts as one test. */
export const ofCommand = (code) => (code === 0 ? { ...none, passed: 1 } : { ...none, failed: 1 });

/** Counts of a report, where a run that failed without a failed test (a crash, a broken file) counts as one failure. */
function withCrash(counts, code) {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** vitest's JSON report; a test file that could not be loaded counts as one failure. */
export function ofVitest(file, code) {
  if (!existsSync(file)) return code === 0 ? none : ofCommand(code);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const broken = report.testResults.filter(
    (r) => r.status === 'failed' && r.assertionResults.length === 0,
  ).length;
  return withCrash(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    code,
  );
}

/** pytest's JUnit report. */
export function ofPytest(file, code) {
  if (!existsSync(file)) return ofCommand(code);
  const head = /<testsuite [^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const number = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  const skipped = number('skipped');
  return withCrash({ passed: number('tests') - failed - skipped, failed, skipped }, code);
}
