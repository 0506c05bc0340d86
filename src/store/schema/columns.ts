import { bigint, customType, timestamp } from 'drizzle-orm/pg-core'

/** A stretch of time, as the literal of a PostgreSQL range. */
export const instants = customType<{ data: string }>({ dataType: () => 'tstzrange' })

export const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })

export const instant = (name: string) => timestamp(name, { withTimezone: true })

/** A set of labels as bits. */
export const mask = (name: string) => bigint(name, { mode: 'bigint' })
