/** `npm run docs`: writes the pages that are made from the sources. A test keeps them up to date. */

import { writeFileSync } from 'node:fs'
import { errorsPage } from './errors.ts'

writeFileSync(new URL('errors.md', import.meta.url), errorsPage())
