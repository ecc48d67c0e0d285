import { defineConfig, type Options } from 'tsup'

/** As require(): tools that run CommonJS in a sandbox know no other way. */
const requireLazily: Options['esbuildOptions'] = (options, { format }) => {
  options.supported = { 'dynamic-import': format !== 'cjs' }
}
const shared: Options = {
  entry: { index: 'src/index.ts', doctor: 'src/doctor/index.ts' },
  format: ['esm', 'cjs'],
  target: 'es2022',
  noExternal: ['zod'],
  esbuildOptions: requireLazily,
}

export default defineConfig([
  { ...shared, outDir: 'dist', platform: 'node', dts: true },
  { ...shared, outDir: 'dist/browser', platform: 'browser' },
  { ...shared, entry: { cli: 'src/cli/main.ts' }, format: 'cjs', noExternal: ['zod', 'https-proxy-agent'] },
])
