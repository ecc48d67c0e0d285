import { defineConfig, type Options } from 'tsup'

const shared: Options = {
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  noExternal: ['zod'],
}

export default defineConfig([
  { ...shared, outDir: 'dist', platform: 'node', dts: true },
  { ...shared, outDir: 'dist/browser', platform: 'browser' },
])
