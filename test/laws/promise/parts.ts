import fc from 'fast-check'
import type { CarePlan, Condition, Encounter, FhirResource, Observation } from 'fhir/r4'
import { system } from '../../../src/fhir/names.ts'
import type { World } from '../arbitrary.ts'
import { custodians } from '../drawn/town.ts'

/** A system of identifiers by which conditions find what a world holds. */
export const identified = (value: string) => [{ system: 'urn:law', value }]

export const narrative = (words: string) => ({
  status: 'additional' as const,
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${words}</div>`,
})

/** What one custodian holds: a problem and a visit that may be notes, and records of which parts tell of them. */
const partsOf = (run: string, custodian: string): fc.Arbitrary<readonly FhirResource[]> =>
  fc
    .record({
      secret: fc.constantFrom('PSYTHPN', 'PSYTHPN', 'PSYTHPN', 'HIV', undefined),
      told: fc.boolean(),
      visited: fc.constantFrom('secret', 'secret', 'open'),
      addresses: fc.subarray(['secret', 'open'], { minLength: 1 }),
      activity: fc.subarray(['secret', 'open']),
      elsewhere: fc.constantFrom(
        undefined,
        undefined,
        undefined,
        ...custodians.filter((other) => other !== custodian).slice(0, 1),
      ),
    })
    .map(({ secret, told, visited, addresses, activity, elsewhere }) => {
      const id = (name: string) => `${run}-${custodian}-${name}`
      const meta =
        secret === undefined ? {} : { meta: { security: [{ system: system.actCode, code: secret }] } }
      const subject = { reference: `Patient/${id('').slice(0, -1)}` }
      const text = told ? { text: narrative(`words of ${id('')}`) } : {}
      const named = (name: string) => ({ id: id(name), identifier: identified(id(name)), subject })
      const visit = (name: string): Encounter => ({
        resourceType: 'Encounter',
        ...(name === 'secret-visit' ? meta : {}),
        ...named(name),
        status: 'finished',
        class: { system: system.actCode, code: 'AMB' },
      })
      const problem = (name: string): Condition => ({
        resourceType: 'Condition',
        ...(name === 'secret-problem' ? meta : {}),
        ...named(name),
        code: { text: name },
      })
      const seen: Observation = {
        resourceType: 'Observation',
        ...named('visited'),
        ...text,
        status: 'final',
        code: { text: 'visited' },
        encounter: { reference: `Encounter/${id(`${visited}-visit`)}`, display: visited },
      }
      const plan: CarePlan = {
        resourceType: 'CarePlan',
        ...named('plan'),
        ...text,
        status: 'active',
        intent: 'plan',
        addresses: [
          ...addresses.map((name) => `${custodian}-${name}`),
          ...(elsewhere === undefined ? [] : [`${elsewhere}-secret`]),
        ].map((name) => ({ reference: `Condition/${run}-${name}-problem` })),
        ...(activity.length === 0
          ? {}
          : {
              activity: activity.map((name) => ({
                outcomeReference: [{ reference: `Observation/${id(name === 'open' ? 'visited' : 'score')}` }],
              })),
            }),
      }
      const score: Observation = {
        resourceType: 'Observation',
        ...meta,
        ...named('score'),
        status: 'final',
        code: { text: 'score' },
      }
      return [
        visit('secret-visit'),
        visit('open-visit'),
        problem('secret-problem'),
        problem('open-problem'),
        score,
        seen,
        plan,
      ]
    })

/** A drawn world with records that have parts with labels of their own: what is masked in them is written over, blindly. */
export const withParts = (run: string, drawn: World): fc.Arbitrary<World> =>
  fc.tuple(...custodians.map((custodian) => partsOf(run, custodian))).map((parts) => ({
    ...drawn,
    records: {
      ...drawn.records,
      ...Object.fromEntries(
        custodians.map((custodian, place) => [
          custodian,
          [...(drawn.records[custodian] ?? []), ...(parts[place] ?? [])],
        ]),
      ),
    },
  }))
