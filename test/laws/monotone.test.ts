import fc from 'fast-check'
import type { Consent, ConsentProvision } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import defaults from '../../mappings/default-table.json' with { type: 'json' }
import { decide, type PersonFacts, type RecordFacts } from '../../src/consent/decide.ts'
import { type Directive, directiveOf } from '../../src/consent/directive.ts'
import { bits, type Label } from '../../src/consent/labels.ts'
import { birthOf, minorWindows } from '../../src/consent/minors.ts'
import { minorRowOf } from '../../src/store/state-rows.ts'
import { pruned } from '../../src/redact/pruned.ts'
import { askers, type World, world } from './arbitrary.ts'
import { organizations } from './drawn/town.ts'
import { minorRows, stateRows } from './state-rows.ts'

const moment = Date.parse('2026-06-15T12:00:00Z')
const options = { numRuns: Number(process.env['LAW_RUNS'] ?? 100) * 5 }

/** What is known around a person of a drawn world. */
const factsOf = (run: string, { knownTo }: World): PersonFacts => ({
  organizations: new Map(
    organizations.map(({ id, class: of, part2, partOf, principal, state }, key) => [
      `Organization/${id}`,
      {
        key,
        id,
        class: of,
        part2,
        partOf: partOf ?? undefined,
        principal: principal ?? undefined,
        state,
      },
    ]),
  ),
  table: [...defaults.rows, ...stateRows],
  members: new Map(),
  present: new Set([
    'Practitioner/kim',
    'Practitioner/lee',
    `Patient/${run}-clinic`,
    `RelatedPerson/${run}-related`,
  ]),
  knownTo: new Set(knownTo.map((id) => `Organization/${id}`)),
  patients: new Set([`Patient/${run}-clinic`]),
  team: [],
  representatives: [{ member: `RelatedPerson/${run}-related`, start: -Infinity, end: Infinity }],
  minor: minorWindows(
    minorRows.map((row) => minorRowOf(row)),
    'OR',
    birthOf(Date.parse('2010-01-01'), Date.parse('2010-01-02')),
  ),
  birth: birthOf(Date.parse('2010-01-01'), Date.parse('2010-01-02')),
  refsOf: new Map(),
  exceptions: [],
})

const compiled = (consents: readonly Consent[]): Directive[] =>
  consents.flatMap((consent) => directiveOf(consent, true) ?? [])

const label = fc.constantFrom<Label>(
  'ordinary', '42CFRPart2', 'SUD', 'ETHUD', 'OPIOIDUD', 'HIV', 'MH', 'PSY', 'BH', 'PSYTHPN', 'counseling-notes', 'SDV',
) // prettier-ignore

const record = (run: string): fc.Arbitrary<RecordFacts> =>
  fc
    .record({
      custodian: fc.constantFrom('Organization/clinic', 'Organization/program', 'Organization/hospital'),
      labels: fc.array(label, { minLength: 1, maxLength: 3 }),
      confidentiality: fc.constantFrom(3, 4, 5),
      code: fc.constantFrom('F33.1', 'F11.20', 'B20', 'J45'),
      type: fc.constantFrom('Condition', 'Observation', 'MedicationRequest'),
      date: fc.constantFrom('2024-05-01', '2026-03-01', '2026-06-15T12:00:00Z'),
    })
    .map(({ custodian, labels, confidentiality, code, type, date }) => ({
      type,
      id: `${run}-clinic-0`,
      custodian,
      mask: bits(...labels),
      confidentiality,
      codes: [`http://hl7.org/fhir/sid/icd-10-cm|${code}`],
      refs: [],
      author: undefined,
      low: Date.parse(date),
      high: Date.parse(date),
    }))

const drawn = fc.record({
  held: world('m'),
  other: world('m'),
  asked: fc.constantFrom(...askers('m')),
  own: record('m'),
})

const isPermitted = (
  directives: readonly Directive[],
  { held, asked, own }: Pick<Drawn, 'held' | 'asked' | 'own'>,
) => decide(directives, asked, moment, own, factsOf('m', held)).effect === 'permit'

type Drawn = typeof drawn extends fc.Arbitrary<infer Value> ? Value : never

/** A Consent that permits nothing anywhere. */
const denying = (consent: Consent): Consent => ({
  ...consent,
  provision: onlyDenies(consent.provision ?? {}),
})

const onlyDenies = (provision: ConsentProvision): ConsentProvision => ({
  ...provision,
  type: 'deny',
  ...(provision.provision === undefined ? {} : { provision: provision.provision.map(onlyDenies) }),
})

describe('the laws of consents', () => {
  it('a deny that is added never adds to what is permitted', () => {
    fc.assert(
      fc.property(drawn, ({ other, ...rest }) => {
        const before = compiled(rest.held.consents)
        const after = [...before, ...compiled(other.consents.map(denying))]
        if (isPermitted(after, rest)) expect(isPermitted(before, rest)).toBe(true)
      }),
      options,
    )
  })

  it('the order of consents does not matter', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const directives = compiled(one.held.consents)
        expect(isPermitted(directives.toReversed(), one)).toBe(isPermitted(directives, one))
      }),
      options,
    )
  })

  it('a consent that is void never opens anything', () => {
    fc.assert(
      fc.property(drawn, ({ other, ...rest }) => {
        const before = compiled(rest.held.consents)
        const malformed = compiled(other.consents).map((directive) => ({
          ...directive,
          void: ['42 CFR 2.31(a)(8)'],
        }))
        if (isPermitted([...before, ...malformed], rest)) expect(isPermitted(before, rest)).toBe(true)
      }),
      options,
    )
  })

  it('a consent that is not active says nothing', () => {
    fc.assert(
      fc.property(drawn, ({ held }) => {
        for (const consent of held.consents)
          for (const status of ['draft', 'proposed', 'rejected', 'inactive', 'entered-in-error'] as const)
            expect(directiveOf({ ...consent, status }, true)).toBeUndefined()
      }),
      { numRuns: 50 },
    )
  })

  it('what goes under a consent carries its obligations, and nothing else has any', () => {
    let permitted = 0
    fc.assert(
      fc.property(drawn, ({ held, asked, own }) => {
        const directives = compiled(held.consents)
        const { effect, reasons, obligations } = decide(directives, asked, moment, own, factsOf('m', held))
        const kinds = obligations.map(({ kind }) => kind)
        const under = reasons.flatMap((reason) => (reason.effect === 'permit' ? (reason.consent ?? []) : []))
        if (effect === 'deny' || under.length === 0) {
          expect(obligations).toEqual([])
          return
        }
        permitted += 1
        const explained = obligations.flatMap((one) => (one.kind === 'explanation' ? one.consent : []))
        expect(explained.toSorted()).toEqual([...new Set(under)].toSorted())
        expect(kinds.filter((kind) => kind === 'accounting')).toHaveLength(1)
        const cited = obligations.map(({ citation }) => citation)
        expect(cited.includes('42 CFR 2.32(a)')).toBe((own.mask & bits('42CFRPart2')) !== 0n)
      }),
      options,
    )
    expect(permitted).toBeGreaterThan(0)
  })

  it('redaction is idempotent', () => {
    fc.assert(
      fc.property(world('m'), fc.nat(), ({ records }, number) => {
        const all = Object.values(records).flat()
        const keys = all.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`)
        const hidden = keys.filter((_, place) => ((number >> (place % 16)) & 1) === 1)
        for (const resource of all) {
          const once = pruned(resource, hidden, 'http://localhost/fhir')
          expect(pruned(once, hidden, 'http://localhost/fhir')).toEqual(once)
        }
      }),
      options,
    )
  })
})
