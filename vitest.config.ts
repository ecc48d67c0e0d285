import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/deep/**'],
    testTimeout: 20_000,
    retry: 0,
  },
})
