import { sql } from 'drizzle-orm'
import { endOf } from '../../fhir/dates.ts'
import { exceptionKinds } from '../../consent/exceptions.ts'
import { type Label, type Mask, named } from '../../consent/labels.ts'
import type { Connection } from '../../store/database.ts'
import { insertException } from '../../store/exceptions.ts'
import { subjectsOf } from '../../store/exception-review.ts'
import { rebuildPermits } from '../../store/permits.ts'
import { type ExceptionForm, exceptionForm, scopeOf } from '../exception-form.ts'
import { trailException } from '../exception-trail.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'
import { demandOrganization, demandPerson } from '../organizations.ts'

/** Opens a court order, an audit or research, as the custodian's officer states it; from now on, to the end stated. */
export const addException = operation(exceptionForm, ({ services }, form) =>
  services.database.transaction(async (connection) => {
    const { kind, patient, scope, end: stated } = form
    const [start, end] = [services.clock.now().getTime(), endOf(stated)]
    if (end <= start) return fail('`end`: is over already: an exception ends on a day to come')
    const organization = await demandOrganization(connection, form.organization)
    const custodian = await demandOrganization(connection, form.custodian)
    const person = patient === undefined ? null : await demandPerson(connection, patient)
    if (person !== null) await demandChart(connection, person, custodian.key)
    const opening = { kind, person, custodian: custodian.key, start, end, ...scopeOf(scope) }
    const id = await insertException(connection, {
      ...opening,
      organization: organization.key,
      client: null,
      form: { ...form, scope: { ...scope, ...labelsOf(scope, opening.allowed) } },
      finding: 'opened',
    })
    const { purpose } = exceptionKinds[kind]
    await rebuildPermits(connection, subjectsOf(person), { organization: form.organization, purpose })
    await trailException(connection, services, 'exception-add', { ...opening, id, purpose })
    return { id, kind, purpose, recipient: form.organization, end: new Date(end).toISOString() }
  }),
)

/** The labels by their names, where the scope names any. */
const labelsOf = (scope: ExceptionForm['scope'], allowed: Mask): { labels?: Label[] } =>
  scope.labels === undefined ? {} : { labels: named(allowed) }

const demandChart = async (connection: Connection, person: number, custodian: number): Promise<void> => {
  const rows = await connection.query(
    sql`SELECT FROM chart WHERE person = ${person} AND custodian = ${custodian}`,
  )
  if (rows.length === 0) fail('`custodian`: holds no records of this patient')
}
