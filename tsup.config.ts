import { defineConfig, type Options } from 'tsup'

const shared: Options = {
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  noExternal: ['zod'],
}
/** As require(): tools that run CommonJS in a sandbox know no other way. */
const requireLazily: Options['esbuildOptions'] = (options, { format }) => {
  options.supported = { 'dynamic-import': format !== 'cjs' }
}

export default defineConfig([
  { ...shared, outDir: 'dist', platform: 'node', dts: true, esbuildOptions: requireLazily },
  { ...shared, outDir: 'dist/browser', platform: 'browser' },
])
