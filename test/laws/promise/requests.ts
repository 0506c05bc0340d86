import type { FhirResource } from 'fhir/r4'
import { leaks } from '../../contract/leaks/leaks.ts'
import { get, type Question } from '../../contract/leaks/mirror.ts'
import { searchQuestions } from '../../contract/leaks/questions.ts'
import type { Pick } from './picking.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const json = { 'content-type': 'application/fhir+json' }

/** The same search by POST, which other gateways let pass unfiltered. */
const posted = ({ path }: Question): Question => {
  const [type = '', query = ''] = path.split('?')
  return { method: 'POST', path: `${type}/_search`, headers: form, body: query }
}

const batch = (type: 'batch' | 'transaction', paths: readonly string[]): Question => ({
  method: 'POST',
  path: '',
  headers: json,
  body: JSON.stringify({
    resourceType: 'Bundle',
    type,
    entry: paths.map((url) => ({ request: { method: 'GET', url } })),
  }),
})

/** A sort of request, and how one is drawn. */
export interface Sort {
  readonly name: string
  draw(pick: Pick): Question | undefined
}

/** Every sort of request that reads, over what a world holds. */
export const sortsOf = (resources: readonly FhirResource[]): Sort[] => {
  const questions = searchQuestions(resources.filter(({ resourceType }) => resourceType !== 'Consent'))
  const searches = questions.filter(({ path }) => path.includes('?'))
  /** What many patients' records may meet, and no page is said of. */
  const unpaged = searches.filter(({ path }) => !/_count|_total|_summary|_sort|[?&](?:patient|subject)=|_id=/.test(path))
  const keys = resources.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`)
  const patients = keys.filter((key) => key.startsWith('Patient/'))
  const types = [...new Set(resources.map(({ resourceType }) => resourceType as string))]
  const of = (name: string, make: (pick: Pick) => string | undefined): Sort => ({
    name,
    draw: (pick) => {
      const path = make(pick)
      return path === undefined ? undefined : get(path)
    },
  })
  return [
    ...leaks.map(({ name, asks }): Sort => {
      const own = questions.filter(asks)
      return { name, draw: (pick) => pick(own) }
    }),
    { name: 'POST _search', draw: (pick) => ((own) => own && posted(own))(pick(searches)) },
    of('read of any record', (pick) => pick(keys)),
    of('read of nothing', (pick) => `${pick(types) ?? ''}/nothing`),
    of('Patient/$everything', (pick) => `${pick(patients) ?? ''}/$everything?_count=50`),
    of('Observation/$lastn', (pick) => `Observation/$lastn?patient=${pick(patients) ?? ''}&max=2`),
    of('compartment', (pick) => `${pick(patients) ?? ''}/${pick(['Observation', 'Condition', '*']) ?? ''}?_count=50`),
    of('search across types', (pick) => `?_type=${types.filter((type) => type !== 'Consent').join(',')}&_count=${pick(['3', '50']) ?? ''}`),
    of('history of the system', () => '_history?_count=100'),
    of('history of a type', (pick) => `${pick(types.filter((type) => type !== 'Consent')) ?? ''}/_history?_count=4`),
    of('XML', (pick) => `${pick(searches)?.path ?? 'Patient?'}&_format=xml`),
    of('_lastUpdated', (pick) => `${pick(types.filter((type) => type !== 'Consent')) ?? ''}?_lastUpdated=${pick(['ge2026', 'lt2026', '2026-06-15']) ?? ''}&_total=accurate`),
    of('few to a page', (pick) => ((own) => own && `${own}&_count=${pick(['1', '2']) ?? ''}${pick(['', '&_total=none', '&_total=accurate']) ?? ''}`)(pick(unpaged)?.path)),
    { name: 'batch', draw: (pick) => batch('batch', [pick(keys), pick(searches)?.path, pick(keys)].flatMap((path) => path ?? [])) },
    { name: 'transaction of reads', draw: (pick) => batch('transaction', [pick(searches)?.path].flatMap((path) => path ?? [])) },
  ]
} // prettier-ignore
