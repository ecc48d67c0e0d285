/** The form at the top, and what the demo adds: endpoints to try, and buttons that break the line. */

import type { Address } from 'holdfast'
import { breakIt, type Demo, type Preset } from './demo.ts'
import { element, find } from './element.ts'
import type { Choice } from './session.ts'

const form = find('choice', HTMLFormElement)
const endpoint = find('endpoint', HTMLInputElement)
const token = find('token', HTMLInputElement)
const presets = find('presets', HTMLElement)

/** @param chosen called with every choice that can be tried */
export function listenToChoice(demo: Demo | undefined, chosen: (choice: Choice) => void): void {
  const choose = () => {
    const preset = picked ?? demo?.endpoints.find(({ url }) => url === endpoint.value)
    // holdfast checks both, and says what is wrong with them.
    const address = token.value.trim() as Address
    chosen({ endpoint: endpoint.value.trim(), token: address, options: preset?.options ?? {} })
  }
  let picked: Preset | undefined
  const mark = (preset: Preset | undefined) => {
    picked = preset
    for (const [i, made] of [...presets.children].entries())
      made.setAttribute('aria-pressed', String(demo?.endpoints[i] === preset))
  }
  endpoint.addEventListener('input', () => mark(undefined))
  form.addEventListener('submit', event => {
    event.preventDefault()
    choose()
  })
  if (demo === undefined) return

  const pick = (preset: Preset) => {
    mark(preset)
    endpoint.value = preset.url
    choose()
  }
  presets.replaceChildren(...demo.endpoints.map(preset => button(preset.label, () => pick(preset))))
  presets.hidden = false
  find('faults', HTMLElement).replaceChildren(...demo.faults.map(faultItem))
  find('demo', HTMLElement).hidden = false
  token.value = demo.token
  const [first] = demo.endpoints
  if (first !== undefined) pick(first)
}

function faultItem({ id, label, what }: Demo['faults'][number]): HTMLElement {
  const breaker = button(label, () => breakIt(id))
  const explanation = element('span', 'what', what)
  explanation.id = `fault-${id}`
  breaker.setAttribute('aria-describedby', explanation.id)
  return element('li', '', breaker, explanation)
}

function button(label: string, pressed: () => void): HTMLButtonElement {
  const made = element('button', '', label)
  made.type = 'button'
  made.addEventListener('click', pressed)
  return made
}
