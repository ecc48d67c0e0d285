/** The list of what happened to the line: the timeline in words. */

import { isHoldfastError } from 'holdfast'
import { element, write } from './element.ts'
import type { Happening } from './journal.ts'
import { blocks, clock, many, seconds } from './words.ts'

interface Wording {
  /** Chooses the colour. */
  readonly tone: 'connecting' | 'open' | 'waiting' | 'filled' | 'struck' | 'closed'
  readonly title: string
  readonly detail: string
}

export function word(happening: Happening, now: number): Wording {
  switch (happening.what) {
    case 'connecting':
      return { tone: 'connecting', title: 'Connecting', detail: '' }
    case 'open':
      return {
        tone: 'open',
        title: 'Open',
        detail: `${happening.endpoint}, chain ${happening.chainId ?? '?'}`,
      }
    case 'trouble':
      return ofTrouble(happening, now)
    case 'gap': {
      const { fromBlock, toBlock, transfers, filledAt } = happening
      const range = `${many(transfers, 'transfer')} of ${blocks(fromBlock, toBlock)}`
      return filledAt === undefined
        ? { tone: 'filled', title: 'Filling the gap', detail: `${range} so far` }
        : { tone: 'filled', title: 'Gap filled', detail: range }
    }
    case 'reorg': {
      const { fromBlock, toBlock, transfers } = happening
      const detail = `${blocks(fromBlock, toBlock)} left the chain, ${many(transfers, 'transfer')} taken back`
      return { tone: 'struck', title: 'Reorg', detail }
    }
    case 'ended': {
      const { error } = happening
      return {
        tone: 'closed',
        title: isHoldfastError(error) ? error.name : 'Error',
        detail: 'given up: waiting would not help',
      }
    }
  }
}

function ofTrouble(trouble: Extract<Happening, { what: 'trouble' }>, now: number): Wording {
  const { at, first, error, attempts, retryAt, backAt } = trouble
  if (backAt !== undefined) {
    const detail = `after ${seconds(backAt - at)}, at attempt ${attempts} (${first.name})`
    return { tone: 'open', title: 'Open again', detail }
  }
  const next = retryAt === undefined ? '' : ` in ${seconds(retryAt - now)}`
  return {
    tone: 'waiting',
    title: error.name,
    detail: `attempt ${next === '' ? attempts : attempts + 1}${next}`,
  }
}

interface Line {
  readonly item: HTMLLIElement
  readonly title: Element
  readonly detail: Element
}

export function createEventsView(list: Element): (happenings: readonly Happening[], now: number) => void {
  let lines = new Map<Happening, Line>()
  return (happenings, now) => {
    const byKey = new Map([...lines].map(([{ key }, line]) => [key, line]))
    lines = new Map(happenings.map(each => [each, byKey.get(each.key) ?? createLine(each)]))
    for (const [happening, { item, title, detail }] of lines) {
      const wording = word(happening, now)
      item.className = wording.tone
      write(title, wording.title)
      write(detail, wording.detail)
    }
    const items = [...lines.values()].map(({ item }) => item)
    if (items.length !== list.childElementCount || items[0] !== list.firstElementChild)
      list.replaceChildren(...items)
  }
}

function createLine({ at }: Happening): Line {
  const title = element('strong')
  const detail = element('span', 'detail')
  const time = element('time', '', clock(at))
  time.dateTime = new Date(at).toISOString()
  const dot = element('span', 'dot')
  return { item: element('li', '', time, dot, element('p', '', title, ' ', detail)), title, detail }
}
