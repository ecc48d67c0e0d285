/** The recipe of docs/browsers.md as an app, with what a test needs around it. */

import { readFileSync } from 'node:fs'

const guide = readFileSync(new URL('../../docs/browsers.md', import.meta.url), 'utf8')

/** The recipe is taken from the guide itself: what is documented is what is tested. */
export const RECIPE = /<!-- recipe -->\s*```js\n(.*?)```/s.exec(guide)?.[1] ?? missing()

export const APP = `
import { createElement as h, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
${RECIPE}

const url = location.search.slice(1)
globalThis.mounts = 0
function App({ version }) {
  const client = useClient(url)
  const head = useHead(client)
  const status = useStatus(client)
  useEffect(() => { globalThis.mounts++ }, [])
  return h('p', null, status, head === undefined ? '' : ' block ' + Number(head.number), ' version ' + version)
}
const root = createRoot(document.body.appendChild(document.createElement('div')))
const render = version => root.render(h(StrictMode, null, h(App, { version, key: version })))
render(1)
globalThis.replace = () => render(2)
globalThis.leave = () => {
  const client = clients.get(url).client
  client.on('state', ({ to }) => { globalThis.left = to.status })
  root.unmount()
}
`

function missing(): never {
  throw new Error('docs/browsers.md has no recipe')
}
