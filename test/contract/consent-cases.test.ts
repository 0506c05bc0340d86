import type { Extension, Resource } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import notices from '../../mappings/notices.json' with { type: 'json' }
import { demandOrganization, demandPerson } from '../../src/admin/organizations.ts'
import { exceptable } from '../../src/consent/exceptions.ts'
import { bits, type Label } from '../../src/consent/labels.ts'
import { structure } from '../../src/fhir/names.ts'
import { insertException } from '../../src/store/exceptions.ts'
import { rebuildPermits } from '../../src/store/permits.ts'
import town from '../cases/consent/town.json' with { type: 'json' }
import type { Ask, ExceptionSpec, Expected } from './case-schema.ts'
import { type Built, build, cases, type NamedCase, openCases } from './cases.ts'
import { longKinds } from './databases.ts'
import { loadHierarchy } from './hierarchy.ts'
import { expectOutcome, expectStatus, matches } from './outcome.ts'
import { practitioner } from './records.ts'
import { clients, organizations, type OrganizationSpec } from './town.ts'
import { type Bearer, openWorld, type World } from './world.ts'

describe.each(longKinds)('the rules of consent, case by case, on %s', (kind) => {
  let world: World
  const built = new Map<string, Built>([...cases, ...openCases].map((row) => [row.name, build(row)]))
  const builtOf = ({ name }: NamedCase): Built => {
    const own = built.get(name)
    if (own === undefined) throw new Error(`the case ${name} was not built`)
    return own
  }

  beforeAll(async () => {
    world = await openWorld(kind)
    for (const spec of town.organizations as OrganizationSpec[]) await settle(spec)
    await world.table(town.table)
    await loadHierarchy(world.database, town.hierarchy)
    const practitioners = new Set(town.users.map((user) => user.practitioner))
    await world.load('clinic', [...practitioners].map(practitioner))
    for (const { id, practitioner: who, organization, role } of town.users)
      await world.member(id, `Practitioner/${who}`, `Organization/${organization}`, role)
    const loads = [...built.values()].flatMap(({ custodians }) =>
      custodians.map((own, place) => ({ ...own, place })),
    )
    for (const [, own] of Map.groupBy(
      loads,
      ({ place, custodian }) => `${String(Math.min(place, 1))} ${custodian}`,
    ))
      await world.load(
        own[0]?.custodian ?? '',
        own.flatMap(({ resources }) => resources),
      )
    for (const { organization, patient } of [...built.values()].flatMap(({ known }) => known))
      await world.know(organization, patient)
    for (const row of [...cases, ...openCases])
      for (const spec of row.given.exceptions ?? []) await except(spec, builtOf(row).keyOf('patient'))
  }, 300_000)
  afterAll(() => world.close())

  /** An organization of the cases that the town of all tests does not have, with a client of its own. */
  const settle = async (spec: OrganizationSpec): Promise<void> => {
    if (organizations.some(({ id }) => id === spec.id)) return
    await world.organization(spec)
    const [like] = clients
    if (like !== undefined)
      await world.client({ ...like, id: spec.id, organization: `Organization/${spec.id}` })
  }

  const except = (spec: ExceptionSpec, patient: string) =>
    world.services.database.transaction(async (connection) => {
      const person = await demandPerson(connection, patient)
      const keyOf = async (id: string) => (await demandOrganization(connection, `Organization/${id}`)).key
      const [start = '', end = ''] = spec.at ?? ['2026-06-15T08:00:00Z', '2026-06-15T20:00:00Z']
      await insertException(connection, {
        kind: spec.kind,
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

  const asker = ({ by, purpose = 'TREAT', user, patient }: Ask, { keyOf }: Built): Promise<Bearer> =>
    world.token(by, {
      purpose,
      ...(user === undefined ? {} : { user }),
      ...(patient === undefined ? {} : { patient: keyOf(patient).replace('Patient/', '') }),
    })

  const expectShown = async (who: Bearer, type: string, id: string): Promise<Resource> => {
    const shown = expectStatus(await world.get(who, `${type}/${id}`), 200).as<Resource>()
    expect(shown).toMatchObject({ id })
    expect(matches(await world.get(who, `${type}?_id=${id}`))).toEqual([id])
    return shown
  }

  const expectHidden = async (who: Bearer, type: string, id: string) => {
    const hidden = await world.get(who, `${type}/${id}`)
    expectOutcome(hidden, 404)
    expect(hidden.text).toBe((await world.get(who, `${type}/nobody`)).text)
    expect(matches(await world.get(who, `${type}?_id=${id}`))).toEqual([])
  }

  const expectAll = async (row: NamedCase, ask: Ask, expected: Expected) => {
    world.setClock(ask.at ?? '2026-06-15T12:00:00Z')
    const own = builtOf(row)
    const who = await asker(ask, own)
    for (const [name, wanted] of Object.entries(expected)) {
      const [type = '', id = ''] = own.keyOf(name).split('/')
      if (wanted === 'deny') await expectHidden(who, type, id)
      else {
        const shown = await expectShown(who, type, id)
        if (wanted !== 'permit') expectAlong(shown, wanted, row.name)
      }
    }
  }

  const play = async (row: NamedCase) => {
    for (const consent of builtOf(row).refused)
      await expect(world.load(row.given.custodian ?? 'clinic', [consent])).rejects.toThrow(consent.id)
    let ask: Ask = row.ask ?? { by: 'hospital' }
    await expectAll(row, ask, row.expect)
    for (const step of row.afterwards ?? []) {
      const { keyOf, revoked } = builtOf(row)
      if (step.revoked !== undefined) await world.load(row.given.custodian ?? 'clinic', revoked(step.revoked))
      for (const organization of step.known ?? []) await world.know(organization, keyOf('patient'))
      ask = step.ask ?? ask
      await expectAll(row, ask, step.expect)
    }
  }

  test.each(cases)('$name: $note', play)

  test.each(openCases)('not yet, $name: $note', (row) => play(theOtherWay(row)))
})

/** What is answered until the case is met: then it belongs among the others. */
const theOtherWay = (row: NamedCase): NamedCase => ({
  ...row,
  expect: Object.fromEntries(
    Object.entries(row.expect).map(([name, effect]) => [name, effect === 'deny' ? 'permit' : 'deny']),
  ),
})

type Shown = Exclude<Expected[string], string>

/** What must go along with what is shown, and what must be left out of it. */
const expectAlong = (
  shown: Resource,
  { notices: owed, under, lacks = [], keeps = [] }: Shown,
  name: string,
) => {
  const along = shown.meta?.extension ?? []
  if (owed !== undefined) {
    const words = notices.notices.filter(({ citation }) => owed.includes(citation)).map(({ text }) => text)
    expect(words).toHaveLength(owed.length)
    const notice = along.find(({ url }) => url === structure('redisclosure-notice'))?.valueString
    expect(notice).toBe(words.length === 0 ? undefined : words.join(' '))
  }
  if (under !== undefined) {
    const wanted = under.map((one) => (one === 'exception' ? one : `Consent/${name}-consent-${String(one)}`))
    expect(along.filter(({ url }) => url === structure('disclosed-under')).map(underOf)).toEqual(wanted)
  }
  for (const element of lacks) expect(shown).not.toHaveProperty(element)
  for (const element of keeps) expect(shown).toHaveProperty(element)
}

const underOf = ({ extension = [] }: Extension): string =>
  extension.find(({ url }) => url === 'consent')?.valueReference?.reference ?? 'exception'
