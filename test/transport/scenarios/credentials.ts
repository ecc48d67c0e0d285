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
    title: 'a function throws what is a circle, as clients of HTTP do',
    set: async () => ({
      endpoint: {
        url: url(9),
        bearer: () => {
          const error = Object.assign(new Error('no'), { config: { token: KEY }, all: [] as unknown[] })
          error.all = [error, error, { error, again: error }]
          throw error
        },
      },
      expected: { name: 'CredentialsError', retryable: true, phase: 'config' },
    }),
  },
  {
    title: 'a URL function throws at once, and the fixed token stays hidden',
    set: async () => ({
      endpoint: {
        url: () => {
          throw new Error(`no URL for ${KEY}-token`)
        },
        bearer: `${KEY}-token`,
      },
      expected: { name: 'CredentialsError', retryable: true, phase: 'config' },
    }),
  },
  ...[undefined, '', 5].map(
    (given): Scenario => ({
      title: `a bearer function gives ${JSON.stringify(given)}`,
      set: async () => ({
        endpoint: { url: url(9), bearer: () => given as string },
        expected: { name: 'CredentialsError', retryable: true, phase: 'config' },
        says: ['nothing usable'],
      }),
    }),
  ),
  {
    title: 'a headers function gives a text',
    set: async () => ({
      endpoint: { url: url(9), headers: () => KEY as never },
      expected: { name: 'CredentialsError', retryable: true, phase: 'config' },
      says: ['nothing usable'],
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
