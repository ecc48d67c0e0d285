/**
 * `holdfast/doctor`: what is wrong with an endpoint. Begin at {@link diagnose}.
 *
 * @module holdfast/doctor
 */

export { diagnose } from '#diagnose'
export type { CertificateLink, DiagnoseOptions, Diagnosis, Finding, Step, StepName } from './diagnosis.ts'
export { type Paint, toText } from './report.ts'
