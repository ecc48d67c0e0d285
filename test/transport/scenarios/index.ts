import { certificateScenarios } from './certificate.ts'
import { credentialsScenarios } from './credentials.ts'
import { httpScenarios } from './http.ts'
import { networkScenarios } from './network.ts'
import { openScenarios } from './open.ts'
import { proxyScenarios } from './proxy.ts'
import type { Scenario } from './scenario.ts'
import { tlsScenarios } from './tls.ts'

export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  credentials: credentialsScenarios,
  network: networkScenarios,
  proxy: proxyScenarios,
  TLS: tlsScenarios,
  certificate: certificateScenarios,
  HTTP: httpScenarios,
  'after 101': openScenarios,
}
