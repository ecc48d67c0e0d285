/** Credentials that do not come, and a URL that a function gives. */

import { KEY, type Scenario, url } from './scenario.ts'

export const credentialsScenarios: readonly Scenario[] = [
  {
    title: 'a function throws',
    set: async () => ({
      endpoint: {
        url: url(9),
        bearer: () => {
          throw new Error(`vault sealed for ${KEY}`)
        },
      },
      expected: { name: 'CredentialsError', retryable: true, phase: 'config', category: 'config' },
      says: ['bearer'],
    }),
  },
  {
    title: 'a function rejects',
    set: async () => ({
      endpoint: { url: url(9), headers: () => Promise.reject(new Error('no')) },
      expected: { name: 'CredentialsError', retryable: true, phase: 'config' },
      says: ['headers'],
    }),
  },
  {
    title: 'a function never answers',
    set: async () => ({
      endpoint: { url: () => new Promise(() => undefined) },
      expected: { name: 'CredentialsError', retryable: true, phase: 'config' },
      says: ['in time'],
    }),
  },
]
