/**
 * After `changeset version`: what stands under "Unreleased" becomes the section of the new version, and the lock file says
 * that version too. GitHub's release takes its text from the section whose heading is the bare version.
 */

import { readFileSync, writeFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

rewrite('CHANGELOG.md', text => {
  if (text.includes(`\n## ${version}\n`)) return text
  const today = new Date().toISOString().slice(0, 10)
  return text.replace('\n## Unreleased\n', `\n## Unreleased\n\n## ${version}\n\n*${today}*\n`)
})

rewrite('package-lock.json', text => {
  const lock = JSON.parse(text)
  lock.version = version
  lock.packages[''].version = version
  return `${JSON.stringify(lock, null, 2)}\n`
})

function rewrite(path, change) {
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}
