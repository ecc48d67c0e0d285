/** Elements, without a framework. Text goes in as text: nothing that a node or a server says becomes markup. */

type Child = Node | string

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  made.append(...children)
  return made
}

export function shape(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  return made
}

/** The element with this id. @throws where index.html has none of that kind */
export function find<E extends Element>(id: string, kind: new () => E): E {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`index.html has no ${kind.name} with the id "${id}"`)
}

/** Writes only what is new: screen readers and selections are not disturbed. */
export function write(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text
}
