import junit from 'junit-report-builder';
import type { GateEntryResult } from '../../core/gate/gate-verdict.ts';

/**
 * The gate as JUnit XML, as Jenkins and everybody after it reads it: a test suite for each scenario, a test case for each
 * thing that was looked at; what proves nothing is an `error`, not a `failure`.
 */
export function junitXml(entries: readonly GateEntryResult[], started: Date): string {
  const builder = junit.newBuilder();
  for (const { name, seconds, cases, folder } of entries) {
    const suite = builder
      .testSuite()
      .name(name)
      .timestamp(started.toISOString())
      .time(Number(seconds.toFixed(3)));
    suite.property('results', folder);
    for (const one of cases) {
      const test = suite.testCase().className(`gate.${name}`).name(one.name);
      if (one.state === 'fail') test.failure(one.detail, 'failure');
      else if (one.state === 'invalid') test.error(one.detail, 'invalid');
      else if (one.state === 'skipped') test.skipped();
      else test.standardOutput(one.detail);
    }
  }
  // The schema of Jenkins knows this attribute of suites only, not of their sum.
  return builder.build().replace(/(<testsuites[^>]*?) skipped="\d+"/, '$1');
}
