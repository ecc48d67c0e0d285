import { defineConfig } from 'vitest/config'

/** What takes minutes, or needs root: `npm run test:deep`. */
export default defineConfig({
  test: {
    include: ['test/deep/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    retry: 0,
    execArgv: ['--expose-gc'],
  },
})
