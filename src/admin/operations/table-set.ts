import type { DefaultRow } from '../../consent/asked.ts'
import { rebuildPermits } from '../../store/permits.ts'
import { setMinorRows, setReportRows } from '../../store/state-rows.ts'
import { insertRows, removeRows } from '../default-table.ts'
import { operation } from '../operation.ts'
import { demandOrganization } from '../organizations.ts'
import { stateTables } from '../state-table.ts'

/** Sets rows of the default and state tables; rows that speak of something else stay. */
export const setTable = operation(stateTables, ({ services: { database } }, { rows, reports, minors }) =>
  database.transaction(async (connection) => {
    const [own, reported] = [lastOf(rows, subjectOf), lastOf(reports, ({ state, kind }) => [state, kind])]
    await removeRows(connection, own)
    await insertRows(connection, own)
    for (const { agency } of reported) await demandOrganization(connection, agency)
    await setReportRows(connection, reported)
    const aged = lastOf(minors, ({ state, label, since }) => [state, label, since])
    await setMinorRows(connection, aged)
    if (own.length + aged.length > 0) await rebuildPermits(connection, 'all')
    return { rows: own.length + reported.length + aged.length }
  }),
)

/** Of several rows with the same subject the last one counts. */
const lastOf = <Row>(rows: readonly Row[], subject: (row: Row) => readonly unknown[]): Row[] => [
  ...new Map(rows.map((row) => [JSON.stringify(subject(row)), row])).values(),
]

/** What a row of the default table speaks of. */
const subjectOf = (row: DefaultRow) => [row.label, row.class, row.purpose, row.state]
