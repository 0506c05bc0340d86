import { sql } from 'drizzle-orm'
import type {
  OperationOutcome,
  Parameters,
  ParametersParameter,
  Questionnaire,
  QuestionnaireResponse,
} from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { url } from '../../../src/questionnaire/sdc.ts'
import { form, path } from '../../questionnaire/forms.ts'
import { buildConsent } from '../consents.ts'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus, headersOf } from '../outcome.ts'
import { labelled, observation, patient, unnamed } from '../records.ts'
import { openWorld, type Reply, type Who, type World } from '../world.ts'

const context = (name: string, ...types: string[]) => ({
  url: url.launchContext,
  extension: [
    { url: 'name', valueCoding: { code: name } },
    ...types.map((valueCode) => ({ url: 'type', valueCode })),
  ],
})

/** Asks for the birth date of a patient, the value of an observation, and how many there are of its code. */
const intake: Questionnaire = form(
  [
    { linkId: 'born', type: 'date', extension: [path('initialExpression', '%patient.birthDate')] },
    { linkId: 'seen', type: 'string', extension: [path('initialExpression', '%reading.id')] },
    {
      linkId: 'count',
      type: 'integer',
      extension: [path('initialExpression', '%readings.entry.resource.count()')],
    },
    {
      linkId: 'each',
      type: 'group',
      repeats: true,
      extension: [path('itemPopulationContext', '%readings.entry.resource', 'one')],
      item: [{ linkId: 'when', type: 'dateTime', extension: [path('initialExpression', '%one.effective')] }],
    },
    {
      linkId: 'double',
      type: 'integer',
      extension: [path('calculatedExpression', "%resource.item.where(linkId='count').answer.value * 2")],
    },
  ],
  {
    id: 'intake',
    url: 'https://forms.example/Questionnaire/intake',
    version: '1',
    identifier: [{ system: 'urn:forms', value: 'intake' }],
    extension: [
      context('patient', 'Patient'),
      context('reading', 'Observation'),
      {
        url: url.variable,
        valueExpression: {
          name: 'readings',
          language: 'application/x-fhir-query',
          expression: 'Observation?patient={{%patient.id}}&code=http://loinc.org|8480-6&_sort=_id',
        },
      },
    ],
  },
)

const parameter = (name: string, content: object): ParametersParameter => ({
  name: 'context',
  part: [
    { name: 'name', valueString: name },
    { name: 'content', ...content },
  ],
})
const at = (reference: string) => ({ valueReference: { reference } })
const subject: ParametersParameter = { name: 'subject', valueReference: { reference: 'Patient/ann' } }
const local: ParametersParameter = { name: 'local', valueBoolean: true }
const asked = (...more: ParametersParameter[]): Parameters => ({
  resourceType: 'Parameters',
  parameter: [subject, ...more],
})

describe.each(kinds)('Questionnaire/$populate on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann'),
      patient('stranger'),
      observation('open-1', 'ann'),
      observation('secret', 'ann', labelled(['HIV'])),
      intake,
    ])
    await world.know('hospital', 'Patient/ann')
    const spec = { root: { effect: 'permit', to: ['psychiatry'], purposes: ['TREAT'], labels: ['HIV'] } }
    const consent = JSON.stringify(buildConsent('ann-c', { ...spec, from: ['clinic'] }))
    await world.load('clinic', [JSON.parse(consent.replaceAll('@patient', 'Patient/ann'))])
    await world.know('psychiatry', 'Patient/ann')
  })
  afterAll(() => world.close())

  const call = (who: Who, body: Parameters, at_ = 'Questionnaire/intake/$populate') =>
    world.post(who, at_, body)
  const readOf = (reply: Reply) => {
    const { parameter: given = [] } = expectStatus(reply, 200).as<Parameters>()
    const of = (name: string) => given.find((own) => own.name === name)?.resource
    const response = of('response') as QuestionnaireResponse
    const issues = ((of('issues') as OperationOutcome | undefined)?.issue ?? []).map(
      ({ details }) => details?.text ?? '',
    )
    const answers = new Map(
      (response.item ?? []).map(({ linkId, answer = [] }) => [
        linkId,
        Object.values(answer[0] ?? {})[0] as unknown,
      ]),
    )
    return { response, issues, answers }
  }
  const last = async (table: 'audit' | 'accounting') =>
    (
      await world.rows<{
        detail: { resources: string[][] }
        interaction: string
        description: { resource: string }[]
      }>(sql`SELECT * FROM ${sql.raw(table)} ORDER BY key DESC LIMIT 1`)
    )[0]

  test('contexts that are named are read, calculated from, and audited as disclosed', async () => {
    const { response, answers, issues } = readOf(
      await call(
        'clinic',
        asked(parameter('patient', at('Patient/ann')), parameter('reading', at('Observation/open-1'))),
      ),
    )
    expect(response).toMatchObject({
      questionnaire: 'https://forms.example/Questionnaire/intake|1',
      status: 'in-progress',
      subject: { reference: 'Patient/ann' },
    })
    expect([answers.get('born'), answers.get('seen'), answers.has('count')]).toEqual([
      '1990-05-01',
      'open-1',
      false,
    ])
    expect(issues.some((text) => text.includes('search of variable `readings` was not run'))).toBe(true)
    const row = await last('audit')
    expect(row?.interaction).toBe('populate')
    expect(row?.detail.resources.map(([key]) => key)).toEqual([
      'Questionnaire/intake',
      'Patient/ann',
      'Observation/open-1',
    ])
  })

  test('with `local`, the subject is the patient, and searches go through the permit of who asks', async () => {
    const own = readOf(await call('clinic', asked(local)))
    expect([own.answers.get('born'), own.answers.get('count'), own.answers.get('double')]).toEqual([
      '1990-05-01',
      2,
      4,
    ])
    expect(own.response.item?.filter(({ linkId }) => linkId === 'each')).toHaveLength(2)
    const other = readOf(await call('hospital', asked(local)))
    expect([other.answers.get('born'), other.answers.get('count'), other.answers.get('double')]).toEqual([
      '1990-05-01',
      1,
      2,
    ])
    const row = await last('audit')
    expect(row?.detail.resources.map(([key]) => key)).toEqual([
      'Questionnaire/intake',
      'Patient/ann',
      'Observation/open-1',
    ])
  })

  test('what goes under a consent is accounted for, and the response has its labels and the consent', async () => {
    const { response, answers } = readOf(
      await call('psychiatry', asked(parameter('reading', at('Observation/secret')))),
    )
    expect(answers.get('seen')).toBe('secret')
    expect(response.meta?.security?.map(({ code }) => code)).toEqual(expect.arrayContaining(['R', 'HIV']))
    expect(JSON.stringify(response.meta?.extension)).toContain('Consent/ann-c')
    const row = await last('accounting')
    expect(row?.description.map(({ resource }) => resource)).toContain('Observation/secret')
  })

  test.each([
    ['a context', 'Observation/secret', 'Observation/never'],
    ['a patient', 'Patient/stranger', 'Patient/nobody'],
  ])('%s that is hidden answers as one that does not exist', async (_, hidden, absent) => {
    const ask = (reference: string) =>
      call(
        'hospital',
        asked(parameter(reference.startsWith('Patient') ? 'patient' : 'reading', at(reference))),
      )
    const [one, other] = [await ask(hidden), await ask(absent)]
    expect(one.text).toBe(other.text)
    expect(headersOf(one).filter((own) => !own.startsWith('x-request-id'))).toEqual(
      headersOf(other).filter((own) => !own.startsWith('x-request-id')),
    )
    expect(one.text).not.toContain(hidden)
    expect((await last('audit'))?.detail.resources.map(([key]) => key)).not.toContain(hidden)
  })

  test('a subject that is hidden answers as one that does not exist', async () => {
    const ask = (reference: string) =>
      call('hospital', { resourceType: 'Parameters', parameter: [{ name: 'subject', ...at(reference) }] })
    const [one, other] = [await ask('Patient/stranger'), await ask('Patient/nobody')]
    expectOutcome(one, 404)
    expect(one.text).toBe(other.text)
  })

  test('a hidden record changes nothing in what is searched', async () => {
    const before = (await call('hospital', asked(local))).text
    await world.load('clinic', [observation('secret-2', 'ann', labelled(['HIV']))])
    expect((await call('hospital', asked(local))).text).toBe(before)
    expect(readOf(await call('clinic', asked(local))).answers.get('count')).toBe(3)
  })

  test('contexts may be given whole, and nothing is read for them', async () => {
    const own = { ...patient('x'), birthDate: '2001-02-03', ...labelled(['PSY']) }
    const { answers, response } = readOf(await call('clinic', asked(parameter('patient', { resource: own }))))
    expect(answers.get('born')).toBe('2001-02-03')
    expect(response.meta?.security?.map(({ code }) => code)).toContain('PSY')
  })

  test.each<[string, ParametersParameter]>([
    ['whole', { name: 'questionnaire', resource: unnamed(intake) }],
    ['by canonical', { name: 'canonical', valueCanonical: 'https://forms.example/Questionnaire/intake' }],
    [
      'by canonical with version',
      { name: 'questionnaire', valueUri: 'https://forms.example/Questionnaire/intake|1' },
    ],
    ['by reference', { name: 'questionnaireRef', valueReference: { reference: 'Questionnaire/intake' } }],
    ['by identifier', { name: 'identifier', valueIdentifier: { system: 'urn:forms', value: 'intake' } }],
  ])('the Questionnaire is named %s', async (_, named) => {
    const reply = await call(
      'clinic',
      asked(named, parameter('patient', at('Patient/ann'))),
      'Questionnaire/$populate',
    )
    expect(readOf(reply).answers.get('born')).toBe('1990-05-01')
  })

  test.each<[string, number, Parameters, string?]>([
    ['no subject', 400, { resourceType: 'Parameters', parameter: [local] }],
    ['an unknown parameter', 400, asked({ name: 'nonsense', valueString: 'x' })],
    ['no Questionnaire', 400, asked(), 'Questionnaire/$populate'],
    [
      'a Questionnaire that is not there',
      404,
      asked({ name: 'canonical', valueCanonical: 'urn:none' }),
      'Questionnaire/$populate',
    ],
    ['a Questionnaire by an id that is not there', 404, asked(), 'Questionnaire/none/$populate'],
    [
      'a context without content',
      400,
      asked({ name: 'context', part: [{ name: 'name', valueString: 'patient' }] }),
    ],
    [
      'a context of another server',
      400,
      asked(parameter('patient', at('https://other.example/fhir/Patient/1'))),
    ],
  ])('%s is refused with %i', async (_, status, body, where) => {
    expectOutcome(await call('clinic', body, where), status)
  })

  test('a token that may not read a type gets nothing of it', async () => {
    const narrow = await world.token('clinic', { scope: 'system/Questionnaire.rs system/Patient.rs' })
    expectOutcome(await call(narrow, asked(parameter('reading', at('Observation/open-1')))), 403)
    const { answers, issues } = readOf(await call(narrow, asked(local)))
    expect([answers.get('born'), answers.get('count')]).toEqual(['1990-05-01', undefined])
    expect(issues.some((text) => text.includes('may not search or read'))).toBe(true)
  })

  test('a context of another type and one that is not declared are told', async () => {
    const { answers, issues } = readOf(
      await call(
        'clinic',
        asked(parameter('patient', at('Observation/open-1')), parameter('other', at('Patient/ann'))),
      ),
    )
    expect(answers.has('born')).toBe(false)
    expect(issues.filter((text) => /context/.test(text)).length).toBeGreaterThanOrEqual(2)
  })

  test('what comes of it can be sent back as it is', async () => {
    const { response } = readOf(await call('clinic', asked(local)))
    expectStatus(await world.post('clinic', 'QuestionnaireResponse', response), 201)
  })

  test('only by POST', async () => {
    expect((await world.get('clinic', 'Questionnaire/intake/$populate')).status).toBeGreaterThanOrEqual(400)
  })
})
