/** `holdfast/doctor`: what is wrong with an endpoint. */

export { diagnose } from '#diagnose'
export type { CertificateLink, DiagnoseOptions, Diagnosis, Finding, Step, StepName } from './diagnosis.ts'
export { toText } from './report.ts'
