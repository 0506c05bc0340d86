import type { Grant } from '../src/authorize/grant.ts'
import { type Permit, permitFor as decided } from '../src/consent/permit.ts'
import { opened } from '../test/laws/promise/open-permit.ts'

/**
 * The Permit that lets everything through. It stands in for `src/consent/permit.ts` in a server of its own (`opened.ts`); no
 * setting of the gateway leads to it. The difference to the gateway is what consent costs.
 */
export const permitFor = (grant: Grant, moment: Date): Permit => opened(decided(grant, moment), grant)
