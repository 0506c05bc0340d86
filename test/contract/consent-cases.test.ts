import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demandOrganization, demandPerson } from '../../src/admin/organizations.ts'
import { exceptable, type ExceptionKind } from '../../src/consent/exceptions.ts'
import { bits, type Label } from '../../src/consent/labels.ts'
import { insertException } from '../../src/store/exceptions.ts'
import { rebuildPermits } from '../../src/store/permits.ts'
import { build, cases, type ExceptionSpec } from './cases.ts'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, matches } from './outcome.ts'
import { practitioner } from './records.ts'
import { type Bearer, openWorld, type World } from './world.ts'

describe.each(kinds)('the rules of consent, case by case, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.organization({ id: 'texas', name: 'Texas Clinic', class: 'covered-entity', state: 'TX' })
    await world.table([
      { label: 'MH', class: null, purpose: null, state: 'TX', effect: 'consent', citation: 'a state row' },
    ])
    for (const id of ['insider', 'officer', 'outsider', 'colleague', 'elsewhere'])
      await world.load('clinic', [practitioner(id)])
    await world.member('insider', 'Practitioner/insider', 'Organization/clinic', 'clinician')
    await world.member('officer', 'Practitioner/officer', 'Organization/clinic', 'officer')
    await world.member('outsider', 'Practitioner/outsider', 'Organization/hospital', 'clinician')
    await world.member('colleague', 'Practitioner/colleague', 'Organization/hospital', 'clinician')
    await world.member('elsewhere', 'Practitioner/elsewhere', 'Organization/psychiatry', 'clinician')
    await world.member('moonlighter', 'Practitioner/outsider', 'Organization/psychiatry', 'clinician')
    const built = cases.map(build)
    for (const [custodian, own] of Map.groupBy(built, (one) => one.custodian))
      await world.load(
        custodian,
        own.flatMap(({ resources }) => resources),
      )
    for (const { organization, patient } of built.flatMap(({ known }) => known))
      await world.know(organization, patient)
    for (const row of cases)
      for (const spec of row.given.exceptions ?? []) await except(spec, build(row).keyOf('patient'))
  })
  afterAll(() => world.close())

  const except = (spec: ExceptionSpec, patient: string) =>
    world.services.database.transaction(async (connection) => {
      const person = await demandPerson(connection, patient)
      const keyOf = async (id: string) => (await demandOrganization(connection, `Organization/${id}`)).key
      const [start = '', end = ''] = spec.at ?? ['2026-06-15T08:00:00Z', '2026-06-15T20:00:00Z']
      await insertException(connection, {
        kind: spec.kind as ExceptionKind,
        person,
        custodian: spec.from === undefined ? null : await keyOf(spec.from),
        organization: await keyOf(spec.to),
        client: null,
        start: Date.parse(start),
        end: Date.parse(end),
        allowed: spec.labels === undefined ? exceptable : bits(...(spec.labels as Label[])),
        criteria: spec.types === undefined ? [] : [{ kind: 'class', values: spec.types }],
        form: {},
        finding: 'opened',
      })
      await rebuildPermits(connection, [person])
    })

  const asker = ({ by, purpose, user }: NonNullable<(typeof cases)[number]['ask']>): Promise<Bearer> =>
    world.token(by, { purpose: purpose ?? 'TREAT', ...(user === undefined ? {} : { user }) })

  const expectShown = async (who: Bearer, type: string, id: string) => {
    expect(expectStatus(await world.get(who, `${type}/${id}`), 200).as()).toMatchObject({ id })
    expect(matches(await world.get(who, `${type}?_id=${id}`))).toEqual([id])
  }

  const expectHidden = async (who: Bearer, type: string, id: string) => {
    const hidden = await world.get(who, `${type}/${id}`)
    expectOutcome(hidden, 404)
    expect(hidden.text).toBe((await world.get(who, `${type}/nobody`)).text)
    expect(matches(await world.get(who, `${type}?_id=${id}`))).toEqual([])
  }

  test.each(cases)('$name: $note', async (row) => {
    const ask = row.ask ?? { by: 'hospital' }
    const { keyOf } = build(row)
    world.setClock(ask.at ?? '2026-06-15T12:00:00Z')
    const who = await asker(ask)
    expect(Object.keys(row.expect).length).toBeGreaterThan(0)
    for (const [name, effect] of Object.entries(row.expect)) {
      const [type = '', id = ''] = keyOf(name).split('/')
      if (effect === 'permit') await expectShown(who, type, id)
      else await expectHidden(who, type, id)
    }
  })
})
