/** Every cause of rejection, produced for real on this machine: class, retry, time, hint, and no secret anywhere. */

import { describe, expect, test } from 'vitest'
import * as holdfast from '../../src/index.ts'
import { runScenario } from '../support/rejection.ts'
import { scenarios } from './scenarios/index.ts'

describe.each(Object.entries(scenarios))('%s', (_, group) => {
  test.each(group.map(scenario => [scenario.title, scenario] as const))('%s', async (_, scenario) => {
    const { faults } = await runScenario(holdfast, scenario)

    expect(faults).toEqual([])
  })
})
