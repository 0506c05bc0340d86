import { sql } from 'drizzle-orm'
import type { Asked } from '../../consent/asked.ts'
import { readPurpose } from '../../consent/purposes.ts'
import { invalid } from '../../problem.ts'
import type { Connection } from '../../store/database.ts'

/** Recipients of one question, at the most: each is decided for each purpose. */
const mostAsked = 40

/**
 * For whom and for what: each recipient that is named, or whoever knows the patient, for each purpose, or for treatment.
 * A Patient is asked for as that patient with an own token.
 */
export const readAsked = async (
  connection: Connection,
  given: URLSearchParams,
  person: number | null,
  custodian: string,
): Promise<Asked[]> => {
  const named = given.getAll('recipient').flatMap((value) => value.split(','))
  const purposes = given.getAll('purpose').flatMap((value) => value.split(','))
  const recipients = named.length > 0 ? named : await readKnowing(connection, person, custodian)
  const asked = recipients.flatMap((recipient) =>
    (purposes.length > 0 ? purposes : ['TREAT']).map((purpose) => askedAs(recipient, purpose, custodian)),
  )
  return asked.length > mostAsked
    ? invalid(`ask for at most ${mostAsked} recipients and purposes at once`, 'recipient', 'too-costly')
    : asked
}

const askedAs = (recipient: string, purpose: string, custodian: string): Asked => {
  const code = readPurpose(purpose)
  if (code === undefined)
    return invalid('`purpose` is a code of v3-ActReason, such as `TREAT`', 'purpose', 'value')
  if (/^Organization\/[A-Za-z0-9.-]{1,64}$/.test(recipient)) return { organization: recipient, purpose: code }
  if (/^Patient\/[A-Za-z0-9.-]{1,64}$/.test(recipient))
    return { organization: custodian, patient: recipient, purpose: code }
  return invalid(
    '`recipient` is `Organization/<id>`, or `Patient/<id>` for an own token',
    'recipient',
    'value',
  )
}

/** The organizations beside the custodian that know a patient, by the crosswalk. */
const readKnowing = async (
  connection: Connection,
  person: number | null,
  custodian: string,
): Promise<string[]> => {
  const rows = await connection.query<{ id: string }>(
    sql`SELECT DISTINCT o.id FROM crosswalk c JOIN organization o ON o.key = c.organization
      WHERE c.person = ${person} AND o.id <> ${custodian.slice('Organization/'.length)} ORDER BY o.id`,
  )
  return rows.map(({ id }) => `Organization/${id}`)
}
