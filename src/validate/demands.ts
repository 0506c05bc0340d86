import * as z from 'zod'
import { profiles } from './profiles.ts'

/** What becomes of what is R4 but not what a profile asks for: refused, taken with a warning, or held for an officer. */
export const onFault = ['reject', 'warn', 'hold'] as const

/** What a partner's resources must conform to beside the profiles that they declare, and what becomes of those that do not. */
export interface Demands {
  readonly onFault: (typeof onFault)[number]
  /** Canonicals of profiles; each is demanded of every resource of its type. */
  readonly profiles: readonly string[]
}

/** Without a word of a partner: nothing more is demanded, and what does not conform is refused. */
export const noDemands: Demands = { onFault: 'reject', profiles: [] }

const known: ReadonlyMap<string, string> = new Map(
  profiles.filter(({ kind }) => kind === 'resource').map(({ url, type }) => [url, type]),
)

/** A profile that is known here, of resources, by its canonical. */
export const knownProfile = z.string().refine((canonical) => known.has(canonical), {
  error: 'is no profile of resources that is known here; `/profiles` lists them',
})

/** The part of a partner's policies that speaks of validation: `{validation: 'hold', profiles: [...]}`. */
export const validationPolicy = z.looseObject({
  validation: z.enum(onFault, 'must be `reject`, `warn` or `hold`').optional(),
  profiles: z.array(knownProfile).optional(),
})

/** The demands in a partner's policies, as they are stored, if there are any. What cannot be read refuses. */
export const demandsOf = (policies: unknown): Demands | undefined => {
  const read = validationPolicy.safeParse(policies)
  if (!read.success) return undefined
  const { validation = 'reject', profiles: own = [] } = read.data
  return validation === 'reject' && own.length === 0 ? undefined : { onFault: validation, profiles: own }
}

/** Those of some profiles that are asked of a type. */
export const askedOf = (type: string, canonicals: readonly string[]): readonly string[] =>
  canonicals.filter((canonical) => known.get(canonical) === type)
