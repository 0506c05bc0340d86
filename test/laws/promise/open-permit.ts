import { sql } from 'drizzle-orm'
import type { Permit } from '../../../src/consent/permit.ts'

/**
 * S of the promise: the same server with a decision that permits everything. It takes the place of a Permit for clients with
 * a role that only the law registers; no setting of the gateway leads to it.
 */
export const opened = (real: Permit): Permit => {
  const whole = sql.raw('-1::bigint')
  const never = sql.raw('false')
  const visible = (alias: string) => sql.raw(`${alias}.richer IS NULL`)
  return {
    ...real,
    shape: `open ${real.shape}`,
    allowed: () => whole,
    ordinary: () => whole,
    visible,
    visibleOfMany: (alias) => sql`${visible(alias)}${real.guard}`,
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

/** The role of S's clients. */
export const openRole = 'law: everything is permitted'
