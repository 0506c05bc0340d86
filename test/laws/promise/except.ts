import { sql } from 'drizzle-orm'
import { exceptable } from '../../../src/consent/exceptions.ts'
import { bits, type Label, labels } from '../../../src/consent/labels.ts'
import { insertException } from '../../../src/store/exceptions.ts'
import type { World as Server } from '../../contract/world.ts'
import type { DrawnException } from '../drawn/exception.ts'
import { moment } from '../drawn/town.ts'
import type { TwinException } from '../twin/twin.ts'

/**
 * Drawn exceptions as an officer or a clinician could open them: an emergency for medical personnel alone, and at every
 * custodian; any other at one; mandated reports are documents of their own, and not among them.
 */
export const openable = (drawn: readonly DrawnException[], patient: string): readonly TwinException[] =>
  drawn.flatMap(({ kind, everybody, organization, custodian, start, end, labels: chosen, criteria }) => {
    if (!isModelled(kind)) return []
    const isEmergency = kind === 'emergency'
    if (isEmergency && !/(?:psychiatry|clinic)$/.test(organization)) return []
    const ofAll = everybody && (kind === 'audit' || kind === 'research')
    return [
      {
        kind,
        organization,
        ...(isEmergency ? {} : { custodian: custodian ?? 'Organization/program' }),
        ...(ofAll ? {} : { patient }),
        start: Date.parse(moment) + Math.min(start, end),
        end: Date.parse(moment) + Math.max(start, end),
        ...(chosen === undefined ? {} : { labels: ['ordinary', ...chosen] }),
        scope: Object.assign({}, ...criteria.map(scopeOf)) as NonNullable<TwinException['scope']>,
      },
    ]
  })

const isModelled = (kind: DrawnException['kind']): kind is TwinException['kind'] =>
  ['emergency', 'court-order', 'audit', 'research'].includes(kind)

const scopeOf = (criterion: DrawnException['criteria'][number]): NonNullable<TwinException['scope']> => {
  switch (criterion.kind) {
    case 'class':
      return { types: criterion.values }
    case 'dataPeriod':
      return { from: criterion.start, to: criterion.end }
    case 'data':
      return { records: criterion.meanings.map(({ reference }) => reference) }
  }
}

const criteriaOf = ({ scope = {} }: TwinException): DrawnException['criteria'] => [
  ...(scope.types === undefined ? [] : [{ kind: 'class' as const, values: scope.types }]),
  ...(scope.from === undefined || scope.to === undefined
    ? []
    : [{ kind: 'dataPeriod' as const, start: scope.from, end: scope.to }]),
  ...(scope.records === undefined
    ? []
    : [
        {
          kind: 'data' as const,
          meanings: scope.records.map((reference) => ({ meaning: 'instance' as const, reference })),
        },
      ]),
]

/** Opens exceptions on a gateway about the person of a Patient. */
export const except = async (
  server: Server,
  opened: readonly TwinException[],
  person: number,
): Promise<void> => {
  const rows = await server.rows<{ key: number; id: string }>(sql`SELECT key, id FROM organization`)
  const keyOf = (reference: string): number =>
    rows.find(({ id }) => `Organization/${id}` === reference)?.key ?? 0
  for (const [place, exception] of opened.entries()) {
    const { kind, organization, custodian, patient, start, end, labels: named } = exception
    const own: readonly Label[] = labels.filter((label) => named?.includes(label) ?? true)
    const made = await insertException(server.database, {
      kind,
      person: patient === undefined ? null : person,
      custodian: custodian === undefined ? null : keyOf(custodian),
      organization: keyOf(organization),
      client: null,
      start,
      end,
      allowed: bits(...own) & exceptable,
      criteria: criteriaOf(exception),
      form: {},
      finding: 'opened',
    })
    // The same in every world: what leaves names it.
    const id = `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`
    await server.rows(sql`UPDATE exception SET id = ${id} WHERE id = ${made}`)
  }
}
