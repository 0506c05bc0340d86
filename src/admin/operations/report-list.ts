import type { DocumentReference } from 'fhir/r4'
import * as z from 'zod'
import { reportText } from '../../exchange/report-document.ts'
import { listReports } from '../../store/reports.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'
import { trailView } from '../trail.ts'

/** The mandated reports that were written; what they say is shown one by one. */
export const readReports = operation(z.object({}), async ({ services: { database } }) =>
  (await listReports(database)).map(({ content: _content, form, ...row }) => ({
    ...row,
    told: form.informed === true,
  })),
)

/** One report, with its text and what was stated for it. */
export const readReport = operation(z.object({ id: z.string() }), async ({ services }, { id }) => {
  const [row] = await listReports(services.database, id)
  if (row === undefined) return fail(`there is no report \`${id}\``)
  await trailView(services, 'report-show', [row.document])
  const { content, ...report } = row
  return { ...report, text: reportText(JSON.parse(content) as DocumentReference) }
})
