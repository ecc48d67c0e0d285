import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/deep/**', 'node_modules/**'],
    testTimeout: 20_000,
    // Most tests wait for others: a page, a node, a proxy. By default two cores would have one worker.
    maxWorkers: 2,
    retry: 0,
  },
})
