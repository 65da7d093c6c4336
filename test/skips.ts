import type { Reporter, TestModule } from 'vitest/node';

/** Names every skipped test at the end, so that nobody takes a skip for a pass. The reason stands in its title. */
export default class Skips implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    if (skipped.length === 0) return;
    console.log(`\n${skipped.length} tests skipped:`);
    for (const test of skipped) console.log(`  ${test.module.relativeModuleId}: ${test.fullName}`);
  }
}
