import { defineConfig } from 'vitest/config';

/** Interop and e2e tests start whole programs; on two cores they run one file at a time. */
const wholePrograms = { testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false };

export default defineConfig({
  test: {
    reporters: ['default', './test/skips.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/interop/**', 'test/e2e/**'],
        },
      },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...wholePrograms } },
      { test: { name: 'interop', include: ['test/interop/**/*.test.ts'], ...wholePrograms } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...wholePrograms } },
    ],
  },
});
