import { applying } from '../exchange/applying.ts'
import type { Services } from '../services.ts'
import type { Job } from '../store/relabelling.ts'

/** The relabelling of an open gateway's database. */
export const jobOf = (services: Services): Job => ({
  database: services.database,
  labelledBy: services.labelledBy,
  relabelling: () => applying(services),
})
