import * as z from 'zod'
import { type Planted, plantCounty } from '../county.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

/** Plants the demo county, once. */
export const seed = operation(z.unknown(), async (administered): Promise<Planted> =>
  administered.settings.production
    ? fail('the demo county is not for `SLUICE_ENV=production`')
    : plantCounty(administered),
)
