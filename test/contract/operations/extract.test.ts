import { sql } from 'drizzle-orm'
import type { Bundle, Parameters, Questionnaire, QuestionnaireResponse, Resource } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { url } from '../../../src/questionnaire/sdc.ts'
import { form, says } from '../../questionnaire/forms.ts'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { label, labelled, patient, practitioner } from '../records.ts'
import { openWorld, type Reply, type World } from '../world.ts'

const value = (expression: string) => ({ extension: [{ url: url.templateValue, valueString: expression }] })
const template = {
  resourceType: 'RelatedPerson',
  id: 'contact',
  patient: { _reference: value('%resource.subject.reference') },
  name: [{ _text: value("item.where(linkId='who').answer.value") }],
} as unknown as Resource

const survey: Questionnaire = form(
  [
    {
      linkId: 'weight',
      type: 'decimal',
      code: [{ system: 'http://loinc.org', code: '29463-7' }],
      extension: [
        { url: url.observationExtract, valueBoolean: true },
        { url: url.unit, valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg', display: 'kg' } },
      ],
    },
    { linkId: 'note', type: 'string', code: [{ system: 'http://loinc.org', code: '48767-8' }] },
    {
      linkId: 'contact',
      type: 'group',
      repeats: true,
      extension: [
        {
          url: url.templateExtract,
          extension: [{ url: 'template', valueReference: { reference: '#contact' } }],
        },
      ],
      item: [{ linkId: 'who', type: 'string' }],
    },
  ],
  {
    id: 'survey',
    url: 'https://forms.example/Questionnaire/survey',
    contained: [template],
    extension: [
      {
        url: url.observationCategory,
        valueCodeableConcept: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey' }],
        },
      },
    ],
  },
)

const response = (more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  questionnaire: 'https://forms.example/Questionnaire/survey',
  status: 'completed',
  subject: { reference: 'Patient/ann' },
  authored: '2026-03-01T09:00:00Z',
  author: { reference: 'Practitioner/doc' },
  item: [
    says('weight', { valueDecimal: 70.5 }),
    { linkId: 'contact', item: [says('who', { valueString: 'Ben' })] },
    { linkId: 'contact', item: [says('who', { valueString: 'Cleo' })] },
  ],
  ...more,
})

describe.each(kinds)('QuestionnaireResponse/$extract on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann'),
      practitioner('doc'),
      survey,
      { ...response(), id: 'plain' },
      { ...response(labelled(['HIV'])), id: 'secret' },
    ])
    await world.know('hospital', 'Patient/ann')
  })
  afterAll(() => world.close())

  const bundleOf = (reply: Reply): Bundle =>
    expectStatus(reply, 200)
      .as<Parameters>()
      .parameter?.find(({ name }) => name === 'return')?.resource as Bundle
  const stored = (id: string, who = 'clinic') =>
    world.send(who, 'POST', `QuestionnaireResponse/${id}/$extract`)
  const sent = (body: QuestionnaireResponse) =>
    world.post('clinic', 'QuestionnaireResponse/$extract', {
      resourceType: 'Parameters',
      parameter: [{ name: 'questionnaire-response', resource: body }],
    })

  test('answers become Observations and resources from templates, in a transaction', async () => {
    const bundle = bundleOf(await stored('plain'))
    expect(bundle.type).toBe('transaction')
    expect(bundle.entry?.map(({ request }) => request)).toEqual([
      { method: 'POST', url: 'Observation' },
      { method: 'POST', url: 'RelatedPerson' },
      { method: 'POST', url: 'RelatedPerson' },
    ])
    expect(bundle.entry?.[0]?.resource).toMatchObject({
      status: 'final',
      category: [{ coding: [{ code: 'survey' }] }],
      code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
      subject: { reference: 'Patient/ann' },
      effectiveDateTime: '2026-03-01T09:00:00Z',
      performer: [{ reference: 'Practitioner/doc' }],
      derivedFrom: [{ reference: 'QuestionnaireResponse/plain' }],
      valueQuantity: { value: 70.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    })
    expect(bundle.entry?.slice(1).map(({ resource }) => resource)).toMatchObject([
      { patient: { reference: 'Patient/ann' }, name: [{ text: 'Ben' }] },
      { patient: { reference: 'Patient/ann' }, name: [{ text: 'Cleo' }] },
    ])
    for (const { resource } of bundle.entry ?? [])
      expect(world.services.validate(resource).filter(({ severity }) => severity !== 'warning')).toEqual([])
  })

  test('the transaction can be sent as it is', async () => {
    expectStatus(await world.post('clinic', '', bundleOf(await stored('plain'))), 200)
  })

  test('it is audited as a disclosure of the response', async () => {
    await stored('plain')
    const [row] = await world.rows<{ interaction: string; detail: { resources: string[][] } }>(
      sql`SELECT * FROM audit ORDER BY key DESC LIMIT 1`,
    )
    expect(row?.interaction).toBe('extract')
    expect(row?.detail.resources.map(([key]) => key)).toEqual([
      'QuestionnaireResponse/plain',
      'Questionnaire/survey',
    ])
  })

  test('what comes of a labelled response has its labels, and so has the Bundle', async () => {
    const bundle = bundleOf(await stored('secret'))
    const codes = (resource: Resource | undefined) => (resource?.meta?.security ?? []).map(({ code }) => code)
    for (const resource of [bundle, ...(bundle.entry ?? []).map((entry) => entry.resource)])
      expect(codes(resource)).toEqual(expect.arrayContaining(['R', 'HIV']))
  })

  test('a label on one answer is on what comes of it', async () => {
    const inline = {
      url: 'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label',
      valueCoding: label('PSY'),
    }
    const bundle = bundleOf(
      await sent(
        response({
          item: [
            { ...says('weight', { valueDecimal: 70 }), extension: [inline] },
            ...(response().item ?? []).slice(1),
          ],
        }),
      ),
    )
    const labelledOnes = (bundle.entry ?? []).map(({ resource }) =>
      (resource?.meta?.security ?? []).some(({ code }) => code === 'PSY'),
    )
    expect(labelledOnes).toEqual([true, false, false])
    expect(bundle.meta?.security?.map(({ code }) => code)).toContain('PSY')
  })

  test('a response that is hidden answers as one that does not exist', async () => {
    const [one, other] = [await stored('secret', 'hospital'), await stored('never', 'hospital')]
    expectOutcome(one, 404)
    expect(one.text).toBe(other.text)
  })

  test('nothing that is not answered yields anything', async () => {
    const { item: _none, ...empty } = response()
    expect(bundleOf(await sent(empty)).entry).toBeUndefined()
    expect(
      bundleOf(await sent(response({ item: [{ linkId: 'weight' }, { linkId: 'contact' }] }))).entry,
    ).toBeUndefined()
  })

  test('a response in progress yields what is preliminary, and one in error nothing', async () => {
    const [entry] = bundleOf(await sent(response({ status: 'in-progress' }))).entry ?? []
    expect(entry?.resource).toMatchObject({ status: 'preliminary' })
    expectOutcome(await sent(response({ status: 'entered-in-error' })), 400)
  })

  test('an unknown Questionnaire, no response and other parameters are refused', async () => {
    expectOutcome(await sent(response({ questionnaire: 'urn:none' })), 400)
    expectOutcome(
      await world.post('clinic', 'QuestionnaireResponse/$extract', { resourceType: 'Parameters' }),
      400,
    )
    const body = { resourceType: 'Parameters', parameter: [{ name: 'x', resource: patient('x') }] }
    expectOutcome(await world.post('clinic', 'QuestionnaireResponse/$extract', body), 400)
  })
})
