import { sql } from 'drizzle-orm'
import type { Grant } from '../src/authorize/grant.ts'
import { type Permit, permitFor as decided } from '../src/consent/permit.ts'

/**
 * The Permit that lets everything through: the richest cut of each resource, to anybody. It stands in for
 * `src/consent/permit.ts` in a server of its own (`opened.ts`); no setting of the gateway leads to it. The difference to
 * the gateway is what consent costs.
 */
export const permitFor = (grant: Grant, moment: Date): Permit => {
  const whole = sql.raw('-1::bigint')
  const never = sql.raw('false')
  const visible = (alias: string) => sql.raw(`${alias}.richer IS NULL`)
  const real = decided(grant, moment)
  return {
    ...real,
    allowed: () => whole,
    ordinary: () => whole,
    visible,
    mayCiteHidden: () => never,
    joined: (alias) => ({
      join: sql``,
      visible: sql`${visible(alias)}${real.guard}`,
      ordinary: whole,
      mayCiteHidden: never,
      stamp: sql.raw('NULL::text'),
    }),
  }
}
