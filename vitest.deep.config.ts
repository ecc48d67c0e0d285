import { defineConfig } from 'vitest/config'

/** What takes too long for every push: `npm run test:deep`. */
export default defineConfig({
  test: {
    include: ['test/deep/**/*.test.ts'],
    testTimeout: 600_000,
    retry: 0,
  },
})
