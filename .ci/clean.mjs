/**
 * Empties dist/ before a build: chunks of earlier builds would be packed along. tsup's own `clean` is of no use to builds
 * that run side by side into one folder: each would remove what the others have written.
 */

import { rmSync } from 'node:fs'

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
