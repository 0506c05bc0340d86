import { get, type Question } from './mirror.ts'

/** A way in which other engines were seen to tell of what they hide, and the questions that would find it here. */
export interface Leak {
  readonly name: string
  readonly asks: (question: Question) => boolean
}

const has =
  (...patterns: readonly RegExp[]) =>
  ({ path }: Question) =>
    patterns.every((pattern) => pattern.test(path))

export const leaks: readonly Leak[] = [
  { name: '_has', asks: has(/_has/) },
  { name: 'chains', asks: ({ path }) => /[?&][^=&]*\.[^=&]*=/.test(path) && !path.includes('_has') },
  { name: ':not', asks: has(/%3Anot=/) },
  { name: ':missing', asks: has(/%3Amissing=/) },
  { name: ':identifier, :text and :ofType', asks: has(/%3A(?:identifier|text|ofType)=/) },
  { name: ':contains and :exact', asks: has(/%3A(?:contains|exact)=/) },
  { name: 'sort', asks: has(/_sort=/) },
  { name: '_include', asks: has(/[?&]_include=/) },
  { name: '_revinclude', asks: has(/[?&]_revinclude=/) },
  { name: ':iterate', asks: has(/iterate/) },
  { name: '_total', asks: has(/_total=accurate/) },
  { name: '_summary=count', asks: has(/_summary=count/) },
  { name: '_elements and _summary', asks: has(/_elements=|_summary=true/) },
  { name: 'history', asks: has(/_history/) },
  { name: 'values of what is masked or hidden', asks: has(/^[A-Za-z]+\?[a-z-]+=[^&]*$/) },
  { name: 'reads', asks: has(/^[A-Za-z]+\/[^/?]+$/) },
]

const json = { 'content-type': 'application/fhir+json' }

const observed = (value: string) =>
  JSON.stringify({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'asked' },
    subject: { reference: 'Patient/ann-h' },
    identifier: [{ system: 'urn:secret', value }],
  })

/** Conditional interactions whose condition only something hidden meets, in order: each leaves what the next one finds. */
export const conditionalWrites: readonly Question[] = [
  {
    method: 'POST',
    path: 'Observation',
    headers: { ...json, 'if-none-exist': 'code=http://loinc.org|75622-1' },
    body: observed('one'),
  },
  {
    method: 'POST',
    path: 'Observation',
    headers: { ...json, 'if-none-exist': 'identifier=urn:secret|s-obs' },
    body: observed('s-obs'),
  },
  {
    method: 'POST',
    path: 'Observation',
    headers: { ...json, 'if-none-exist': 'identifier=urn:secret|s-obs' },
    body: observed('s-obs'),
  },
  {
    method: 'PUT',
    path: 'Observation?code=http://loinc.org|75622-1&status=final',
    headers: json,
    body: observed('two'),
  },
  {
    method: 'PUT',
    path: 'Observation?value-quantity=99',
    headers: json,
    body: observed('three'),
  },
  {
    method: 'PUT',
    path: 'Observation/s-obs',
    headers: json,
    body: observed('s-obs').replace('{', '{"id":"s-obs",'),
  },
  {
    method: 'PUT',
    path: 'Observation/absent',
    headers: json,
    body: observed('s-obs').replace('{', '{"id":"absent",'),
  },
  {
    method: 'PATCH',
    path: 'Observation?category=secret',
    headers: { 'content-type': 'application/json-patch+json' },
    body: JSON.stringify([{ op: 'replace', path: '/status', value: 'amended' }]),
  },
  { method: 'DELETE', path: 'Observation/s-obs' },
  { method: 'DELETE', path: 'Observation?category=secret' },
  { method: 'DELETE', path: 'Condition?code=F10.20' },
  {
    method: 'POST',
    path: '',
    headers: json,
    body: JSON.stringify({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: JSON.parse(observed('four')) as object,
          request: { method: 'POST', url: 'Observation', ifNoneExist: 'date=2020-01-01' },
        },
        { request: { method: 'GET', url: 'Observation?code=http://loinc.org|75622-1' } },
        { request: { method: 'GET', url: 'Patient?_has:Observation:patient:category=secret' } },
      ],
    }),
  },
  {
    method: 'POST',
    path: '',
    headers: json,
    body: JSON.stringify({
      resourceType: 'Bundle',
      type: 'batch',
      entry: ['Observation/s-obs', 'Observation/absent', 'List?item=Observation/s-obs'].map((url) => ({
        request: { method: 'GET', url },
      })),
    }),
  },
  {
    method: 'POST',
    path: 'Observation/_search',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'code=http://loinc.org|75622-1&_total=accurate',
  },
  get('Observation?_sort=_id&_total=accurate'),
  get('Patient/ann/Observation?_total=accurate'),
  get('Patient/ann/$everything'),
  get('Observation/$lastn?patient=Patient/ann&max=2'),
  get('?_type=Observation,Condition&_sort=_id'),
]

/** Searches that are read page by page, each page by the link of the one before. */
export const paged: readonly string[] = [
  'Observation?_sort=_lastUpdated&_count=1',
  'Observation?_sort=-date&_count=2&_total=accurate',
  'Encounter?_sort=-date&_count=1&_total=accurate',
  'CarePlan?_sort=date&_count=1&_include=*',
  'Condition?_sort=code&_count=1&_revinclude=*',
  'Appointment?_sort=actor&_count=1',
  'Patient?_has:Observation:patient:category:missing=true&_count=1',
  'Observation/_history?_count=3',
  'Patient/ann/$everything?_count=4',
]
