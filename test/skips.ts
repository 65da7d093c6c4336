import type { Reporter, TestModule } from 'vitest/node';

/** Names every skipped test at the end with its reason (in its title, or given when it ran), so that nobody takes a skip for a pass. */
export default class Skips implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const all = (state: 'passed' | 'failed' | 'skipped') =>
      modules.flatMap((module) => [...module.children.allTests(state)]);
    const skipped = all('skipped');
    if (skipped.length > 0) console.log('\nSkipped:');
    for (const test of skipped) {
      const result = test.result();
      const reason = result.state === 'skipped' && result.note ? `: ${result.note}` : '';
      console.log(`  ${test.module.relativeModuleId}: ${test.fullName}${reason}`);
    }
    console.log(
      `\n${all('passed').length} passed, ${all('failed').length} failed, ${skipped.length} skipped`,
    );
  }
}
