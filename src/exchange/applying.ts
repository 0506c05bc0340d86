import { fhirBase, type Services } from '../services.ts'
import type { Applying } from '../store/apply.ts'

/** What the store needs of the gateway, at this moment. */
export const applying = (services: Services): Applying => ({
  base: fhirBase(services),
  now: services.clock.now(),
  newVersion: services.ids.version,
  labelOf: services.labelOf,
  parameters: services.parameters,
  toBase: services.toBase,
})
