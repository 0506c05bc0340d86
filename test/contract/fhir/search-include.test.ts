import type { FhirResource } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, matches } from '../outcome.ts'
import { condition, observation, patient, practitioner } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { includedIn, pageOf } from './asking.ts'

const sheet = 'https://forms.example/Questionnaire/sleep'

/** A search, what matches, and what comes with it. */
type Included = readonly [query: string, matched: readonly string[], included: readonly string[]]

describe.each(kinds)('_include and _revinclude (FHIR R4 search 3.1.1.5.2, 3.1.1.5.3) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const resources: readonly FhirResource[] = [
      { resourceType: 'Organization', id: 'top', name: 'Top' },
      { resourceType: 'Organization', id: 'mid', name: 'Mid', partOf: { reference: 'Organization/top' } },
      { resourceType: 'Organization', id: 'low', name: 'Low', partOf: { reference: 'Organization/mid' } },
      practitioner('doc'),
      patient('ann', {
        managingOrganization: { reference: 'Organization/low' },
        generalPractitioner: [{ reference: 'Practitioner/doc' }],
      }),
      patient('bea'),
      {
        resourceType: 'Encounter',
        id: 'visit',
        status: 'finished',
        class: { code: 'AMB' },
        subject: { reference: 'Patient/ann' },
      },
      observation('o1', 'ann', {
        encounter: { reference: 'Encounter/visit' },
        performer: [{ reference: 'Practitioner/doc' }, { reference: 'Organization/top' }],
      }),
      observation('o2', 'ann', { hasMember: [{ reference: 'Observation/o1' }] }),
      observation('o3', 'bea', {
        hasMember: [{ reference: 'Observation/o2' }],
        performer: [{ display: 'somebody' }],
      }),
      observation('o4', 'bea', { performer: [{ reference: 'https://other.example/fhir/Practitioner/doc' }] }),
      condition('c1', 'ann', { evidence: [{ detail: [{ reference: 'Observation/o1' }] }] }),
      { resourceType: 'Questionnaire', id: 'q1', url: sheet, version: '1', status: 'retired' },
      { resourceType: 'Questionnaire', id: 'q2', url: sheet, version: '2', status: 'active' },
      {
        resourceType: 'QuestionnaireResponse',
        id: 'r1',
        status: 'completed',
        subject: { reference: 'Patient/ann' },
        questionnaire: `${sheet}|1`,
      },
      {
        resourceType: 'QuestionnaireResponse',
        id: 'r',
        status: 'completed',
        subject: { reference: 'Patient/bea' },
        questionnaire: sheet,
      },
    ]
    await world.load('clinic', resources)
  })
  afterAll(() => world.close())

  const cases: readonly Included[] = [
    ['Observation?_id=o1&_include=Observation:subject', ['o1'], ['Patient/ann']],
    ['Observation?_id=o1&_include=Observation:patient', ['o1'], ['Patient/ann']],
    ['Observation?_id=o1&_include=Observation:performer', ['o1'], ['Organization/top', 'Practitioner/doc']],
    ['Observation?_id=o1&_include=Observation:performer:Practitioner', ['o1'], ['Practitioner/doc']],
    ['Observation?_id=o1&_include=Observation:performer:CareTeam', ['o1'], []],
    [
      'Observation?_id=o1&_include=Observation:subject&_include=Observation:encounter',
      ['o1'],
      ['Encounter/visit', 'Patient/ann'],
    ],
    [
      'Observation?_id=o1&_include=Observation:*',
      ['o1'],
      ['Encounter/visit', 'Organization/top', 'Patient/ann', 'Practitioner/doc'],
    ],
    [
      'Observation?_id=o1&_include=*',
      ['o1'],
      ['Encounter/visit', 'Organization/top', 'Patient/ann', 'Practitioner/doc'],
    ],
    ['Observation?_id=o3&_include=Observation:performer', ['o3'], []],
    ['Observation?_id=o4&_include=Observation:performer', ['o4'], []],
    ['Observation?_id=o1,o2&_include=Observation:subject', ['o1', 'o2'], ['Patient/ann']],
    ['Observation?_id=o1,o2&_include=Observation:has-member', ['o1', 'o2'], []],
    ['Observation?_id=o3&_include=Observation:has-member', ['o3'], ['Observation/o2']],
    [
      'Observation?_id=o3&_include:iterate=Observation:has-member',
      ['o3'],
      ['Observation/o1', 'Observation/o2'],
    ],
    [
      'Observation?_id=o3&_include:recurse=Observation:has-member',
      ['o3'],
      ['Observation/o1', 'Observation/o2'],
    ],
    [
      'Observation?_id=o1&_include=Observation:patient&_include:iterate=Patient:organization',
      ['o1'],
      ['Organization/low', 'Patient/ann'],
    ],
    [
      'Observation?_id=o1&_include=Observation:patient&_include:iterate=Patient:organization&_include:iterate=Organization:partof',
      ['o1'],
      ['Organization/low', 'Organization/mid', 'Organization/top', 'Patient/ann'],
    ],
    ['Organization?_id=low&_include=Organization:partof', ['low'], ['Organization/mid']],
    [
      'Organization?_id=low&_include:iterate=Organization:partof',
      ['low'],
      ['Organization/mid', 'Organization/top'],
    ],
    ['Patient?_id=ann&_revinclude=Observation:patient', ['ann'], ['Observation/o1', 'Observation/o2']],
    [
      'Patient?_id=ann&_revinclude=Observation:subject&_revinclude=Condition:patient',
      ['ann'],
      ['Condition/c1', 'Observation/o1', 'Observation/o2'],
    ],
    [
      'Patient?_id=ann&_revinclude=Observation:subject:Patient',
      ['ann'],
      ['Observation/o1', 'Observation/o2'],
    ],
    ['Patient?_id=ann&_revinclude=Observation:subject:Device', ['ann'], []],
    ['Patient?_id=ann&_revinclude=Observation:*', ['ann'], ['Observation/o1', 'Observation/o2']],
    ['Practitioner?_id=doc&_revinclude=*', ['doc'], ['Observation/o1', 'Patient/ann']],
    ['Organization?_id=top&_revinclude=Organization:partof', ['top'], ['Organization/mid']],
    [
      'Organization?_id=top&_revinclude:iterate=Organization:partof',
      ['top'],
      ['Organization/low', 'Organization/mid'],
    ],
    [
      'Organization?_id=low&_revinclude=Patient:organization&_revinclude:iterate=Condition:patient',
      ['low'],
      ['Condition/c1', 'Patient/ann'],
    ],
    [
      'Encounter?_id=visit&_include=Encounter:patient&_revinclude=Observation:encounter&_include:iterate=Observation:performer',
      ['visit'],
      ['Observation/o1', 'Organization/top', 'Patient/ann', 'Practitioner/doc'],
    ],
    [
      'QuestionnaireResponse?_id=r1&_include=QuestionnaireResponse:questionnaire',
      ['r1'],
      ['Questionnaire/q1'],
    ],
    [
      'QuestionnaireResponse?_id=r&_include=QuestionnaireResponse:questionnaire',
      ['r'],
      ['Questionnaire/q1', 'Questionnaire/q2'],
    ],
    [
      'Questionnaire?_id=q1&_revinclude=QuestionnaireResponse:questionnaire',
      ['q1'],
      ['QuestionnaireResponse/r', 'QuestionnaireResponse/r1'],
    ],
    [
      'Questionnaire?_id=q2&_revinclude=QuestionnaireResponse:questionnaire',
      ['q2'],
      ['QuestionnaireResponse/r'],
    ],
    ['Observation?_id=nobody&_include=Observation:patient', [], []],
    [
      'Patient/ann/Observation?_id=o1&_include=Observation:performer:Practitioner',
      ['o1'],
      ['Practitioner/doc'],
    ],
  ]

  test.each(cases)('%s', async (query, matched, included) => {
    const bundle = await pageOf(world, query)
    const found = (bundle.entry ?? []).filter(({ search }) => search?.mode === 'match')
    expect(
      found.map(({ resource }) => resource?.id ?? '').toSorted((one, other) => one.localeCompare(other)),
    ).toEqual(matched)
    expect(includedIn(bundle)).toEqual(included)
    expect(bundle.total).toBe(matched.length)
  })

  test('what is included counts neither for the total nor for the page', async () => {
    const bundle = await pageOf(
      world,
      'Observation?patient=ann&_count=1&_sort=_id&_include=Observation:patient',
    )
    expect(bundle.total).toBe(2)
    expect(bundle.entry?.map(({ search }) => search?.mode)).toEqual(['match', 'include'])
  })

  test('each page brings its own', async () => {
    const first = await pageOf(world, 'Observation?_sort=_id&_count=2&_include=Observation:patient')
    expect(includedIn(first)).toEqual(['Patient/ann'])
    const next = first.link?.find(({ relation }) => relation === 'next')?.url ?? ''
    const second = await world.get('clinic', new URL(next).pathname + new URL(next).search)
    expect(matches(second)).toEqual(['o3', 'o4'])
    expect(includedIn(second.as())).toEqual(['Patient/bea'])
  })

  test('a resource that was deleted is not included', async () => {
    const made = await world.post('clinic', 'Practitioner', {
      resourceType: 'Practitioner',
      name: [{ family: 'Gone' }],
    })
    const { id = '' } = made.as<{ id?: string }>()
    await world.load('clinic', [
      observation('o5', 'bea', { performer: [{ reference: `Practitioner/${id}` }] }),
    ])
    const query = 'Observation?_id=o5&_include=Observation:performer'
    expect(includedIn(await pageOf(world, query))).toEqual([`Practitioner/${id}`])
    expect((await world.del('clinic', `Practitioner/${id}`)).status).toBe(204)
    expect(includedIn(await pageOf(world, query))).toEqual([])
  })

  test.each([
    'Observation?_include=Observation',
    'Observation?_include=Observation:nonsense',
    'Observation?_include=Observation:status',
    'Observation?_include=Nothing:subject',
    'Observation?_include=Observation:subject:Nothing',
    'Observation?_include=Patient:organization',
    'Observation?_include:often=Observation:subject',
    'Patient?_revinclude=Observation:code',
    'Patient?_revinclude=Nothing:patient',
  ])('an include that leads nowhere is refused: %s', async (query) => {
    expectOutcome(await world.get('clinic', query), 400)
  })
})
