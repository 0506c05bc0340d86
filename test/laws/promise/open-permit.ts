import { type SQL, sql } from 'drizzle-orm'
import type { Access, Grant } from '../../../src/authorize/grant.ts'
import type { Permit } from '../../../src/consent/permit.ts'

/**
 * S of the promise: the same server with a decision that permits everything. It takes the place of a Permit for clients with
 * a role that only the law registers; no setting of the gateway leads to it.
 */
export const opened = (real: Permit, grant: Grant, access: Access | undefined = 'r'): Permit => {
  const { reach } = grant
  const reached = (alias: string, type?: string): SQL =>
    reach === undefined || access === undefined ? sql`` : sql` AND ${reach.within(alias, access, type)}`
  const whole = sql.raw('-1::bigint')
  const never = sql.raw('false')
  const visible = (alias: string, type?: string) =>
    sql`(${sql.raw(alias)}.richer IS NULL${reached(alias, type)})`
  return {
    ...real,
    shapeFor: (type) => `open ${real.shapeFor(type)}`,
    allowed: () => whole,
    ordinary: () => whole,
    visible,
    visibleOfMany: (alias, type) => sql`${visible(alias, type)}${real.guard}`,
    mayCiteHidden: () => never,
    to: (other) => opened(real.to(other), grant, other),
    get decision() {
      return opened(real.decision, grant, undefined)
    },
    joined: (alias, type) => ({
      join: sql``,
      visible: sql`${visible(alias, type)}${real.guard}`,
      ordinary: whole,
      mayCiteHidden: never,
      stamp: sql.raw('NULL::text'),
    }),
  }
}

/** The role of S's clients. */
export const openRole = 'law: everything is permitted'
