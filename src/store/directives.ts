import { sql } from 'drizzle-orm'
import type { Consent, Patient } from 'fhir/r4'
import { type Directive, directiveOf } from '../consent/directive.ts'
import { readingOf } from '../consent/fingerprint.ts'
import type { Prepared } from './change.ts'
import { type Connection, json } from './database.ts'
import { type CommonFacts, stored } from './facts.ts'
import { nameCodes } from './named-codes.ts'

/** Compiles the Consents of a write; an inert one waits for an officer of the custodian. */
export const direct = async (
  connection: Connection,
  prepared: readonly Prepared[],
  common: CommonFacts,
): Promise<number[]> => {
  const persons: number[] = []
  const read: Directive[] = []
  for (const { type, id, change, person, prior } of prepared) {
    if (type !== 'Consent') continue
    const before = prior[0]?.person
    const counted = prior[0]?.effective === change.effective
    if (change.action === 'relabel' && counted && before === (person ?? null)) continue
    if (before !== null && before !== undefined) persons.push(before)
    const consent = change.resource as Consent
    const compiled =
      change.action === 'delete' || !change.effective
        ? undefined
        : await compile(connection, consent, change, common)
    if (compiled === undefined || person === undefined) {
      await connection.query(sql`DELETE FROM directive WHERE consent = ${`Consent/${id}`}`)
      continue
    }
    persons.push(person)
    read.push(compiled)
    await connection.query(sql`INSERT INTO directive (consent, person, effective, compiled, reading) VALUES (${`Consent/${id}`}, ${person}, true, ${json(stored(compiled))}, ${readingOf()})
      ON CONFLICT (consent) DO UPDATE SET person = excluded.person, effective = true, compiled = excluded.compiled, reading = excluded.reading`)
  }
  await nameCodes(connection, read)
  return persons
}

/** A client with the role `policy` for one custodian binds that custodian and no other; a trusted import binds all it names. */
const compile = async (
  connection: Connection,
  consent: Consent,
  change: Prepared['change'],
  common: CommonFacts,
): Promise<Directive | undefined> => {
  const directive = directiveOf(consent, await hasName(connection, consent.patient?.reference))
  if (directive === undefined || change.keep) return directive
  const own = `Organization/${common.byKey.get(change.custodian)?.id ?? ''}`
  return {
    ...directive,
    custodians: [own],
    denying: [own],
    ...(directive.custodians.includes(own) ? {} : { void: [...directive.void, '42 CFR 2.31(a)(2)'] }),
  }
}

/** Whether the Patient has a name: 42 CFR 2.31(a)(1) asks for it where the Consent does not show one. */
export const hasName = async (connection: Connection, reference: string | undefined): Promise<boolean> => {
  const [type, id] = reference?.split('/') ?? []
  if (type !== 'Patient' || id === undefined) return false
  const [row] = await connection.query<{ content: string }>(
    sql`SELECT content FROM resource WHERE type = 'Patient' AND id = ${id} AND richer IS NULL AND NOT deleted`,
  )
  const patient = row === undefined ? undefined : (JSON.parse(row.content) as Patient)
  return patient?.name?.some(({ text, family }) => (text ?? family ?? '') !== '') === true
}
