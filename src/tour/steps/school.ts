import { type Guide, summed, tellingOf } from '../guide.ts'
import { type SchoolSummary, schoolSummarySchema } from '../../exchange/school/schema.ts'

/** The address of a school summary, by the school's own number of the student. */
export const summaryPath = (student: string): string => `/exchange/school/students/${student}/summary`

const client = 'lakeside-schools'

/** What would tell of the care itself: none of it is a school's business. */
const clinical = /anxiety|F41\.1|fluoxetine|GAD-7|CBT|Cognitive/i

/** The school asks by its own number, and gets a summary, or the answer for a student who is not known. */
export const askAsSchool = async (guide: Guide): Promise<void> => {
  guide.explain(
    'Lena Park, S-1001: her mother lets the school have two papers, and not the anxiety behind them.',
  )
  const reply = await guide.ask(client, 'GET', summaryPath('S-1001'))
  const summary: SchoolSummary = schoolSummarySchema.parse(JSON.parse(reply.text))
  guide.came(
    summed(reply, `${summary.student.name}: ${summary.documents.map(({ type }) => type).join(', ')}`),
  )
  guide.came(`under ${summary.consent.reference}; notice: ${summary.notice.slice(0, 66)} …`)
  guide.check(
    'two papers, under her mother’s consent',
    [summary.student.localId, summary.documents.map(({ type }) => type), summary.consent.reference],
    ['S-1001', ['accommodation-letter', 'excuse'], 'Consent/lena-consent'],
  )
  guide.check('nothing of diagnosis, medication, score or therapy', clinical.exec(reply.text)?.[0], undefined)
  guide.check(
    'the school is told not to pass it on (34 CFR 99.33)',
    /may not pass it on/.test(summary.notice),
    true,
  )

  const letter = await guide.ask(client, 'GET', summaryPath('S-1001'), { headers: { accept: 'text/html' } })
  guide.came(summed(letter, `${letter.headers.get('content-type')}, ${letter.text.length} characters`))
  guide.check(
    'the same as a letter to print (Accept: text/html), with the notice',
    [
      letter.status,
      letter.headers.get('content-type')?.startsWith('text/html'),
      letter.text.includes(summary.notice),
    ],
    [200, true, true],
  )
  guide.check('the letter tells no more', clinical.exec(letter.text)?.[0], undefined)

  const unknown = await guide.ask(client, 'GET', summaryPath('S-9999'))
  guide.came(summed(unknown, 'there is no such student'))
  const without = await guide.ask(client, 'GET', summaryPath('S-1002'))
  guide.came(summed(without, 'a student who is in care, and whose consent leaves the school out'))
  guide.check('the two answers are the same, byte for byte', tellingOf(without), tellingOf(unknown))
  guide.check('and say: not found', unknown.status, 404)
}
