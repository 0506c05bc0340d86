import { MedplumClient, type MedplumClientOptions, OperationOutcomeError } from '@medplum/core'
import type { Gateway } from './gateway.ts'

/** A client of the gateway, set up as one of any server that is not Medplum's. */
export const medplumClient = ({ url }: Gateway, options: MedplumClientOptions = {}): MedplumClient =>
  new MedplumClient({ baseUrl: url, fhirUrlPath: 'fhir', tokenUrl: 'oauth/token', ...options })

/** The OperationOutcome of a request that fails. */
export const outcomeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => Promise.reject(new Error('it did not fail')),
    (fault: unknown) =>
      fault instanceof OperationOutcomeError ? fault.outcome : Promise.reject(fault as Error),
  )
