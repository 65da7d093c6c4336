import type { Reporter, TestModule } from 'vitest/node';

/** Names every skipped test at the end, so that nobody takes a skip for a pass. The reason stands in its title. */
export default class Skips implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const all = (state: 'passed' | 'failed' | 'skipped') =>
      modules.flatMap((module) => [...module.children.allTests(state)]);
    const skipped = all('skipped');
    if (skipped.length > 0) console.log('\nSkipped:');
    for (const test of skipped) console.log(`  ${test.module.relativeModuleId}: ${test.fullName}`);
    console.log(
      `\n${all('passed').length} passed, ${all('failed').length} failed, ${skipped.length} skipped`,
    );
  }
}
