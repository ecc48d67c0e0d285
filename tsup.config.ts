import { readFile } from 'node:fs/promises'
import { defineConfig, type Options } from 'tsup'

/** As require(): tools that run CommonJS in a sandbox know no other way. */
const requireLazily: Options['esbuildOptions'] = (options, { format }) => {
  options.supported = { 'dynamic-import': format !== 'cjs' }
}
/** Adapters use the library by its door, and leave it outside: each is a few hundred bytes on top of it. */
const throughTheDoor: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'through-the-door',
  setup: build =>
    build.onResolve({ filter: /^\.\.\/index\.ts$/ }, () => ({ path: 'holdfast', external: true })),
}
/**
 * zod keeps its configuration on globalThis, for all copies of it in a process. The bundled one keeps its own: an import
 * adds no global, and what a user configures for zod is no business of ours.
 */
const zodOfOurOwn: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'zod-of-our-own',
  setup: build =>
    build.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]core[/\\](core|registries)\.js$/ }, async ({ path }) => ({
      contents: `const own = {}\n${(await readFile(path, 'utf8')).replaceAll('globalThis', 'own')}`,
    })),
}
const entry = { index: 'src/index.ts', doctor: 'src/doctor/index.ts' }
/** Only servers need them. */
const services = { jetstream: 'src/jetstream/index.ts' }
const adapters = {
  eip1193: 'src/adapters/eip1193.ts',
  viem: 'src/adapters/viem.ts',
  ethers: 'src/adapters/ethers.ts',
}
const shared: Options = {
  entry,
  format: ['esm', 'cjs'],
  target: 'es2022',
  noExternal: ['zod'],
  esbuildPlugins: [zodOfOurOwn],
  esbuildOptions: requireLazily,
}

export default defineConfig([
  {
    ...shared,
    entry: { ...entry, ...services },
    outDir: 'dist',
    platform: 'node',
    dts: { entry: { ...entry, ...services, ...adapters } },
  },
  { ...shared, outDir: 'dist/browser', platform: 'browser' },
  // One build of the adapters for every platform: what differs lies behind the door.
  { ...shared, entry: adapters, platform: 'neutral', esbuildPlugins: [throughTheDoor] },
  { ...shared, entry: { cli: 'src/cli/main.ts' }, format: 'cjs', noExternal: ['zod', 'https-proxy-agent'] },
])
