import type { CodeSystem, FhirResource, Observation, ValueSet } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome } from '../outcome.ts'
import { concept, observation, patient } from '../records.ts'
import { base, openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const animals = 'https://codes.example/animals'
const pets = 'https://codes.example/ValueSet/pets'

const codeSystem: CodeSystem = {
  resourceType: 'CodeSystem',
  id: 'animals',
  url: animals,
  status: 'active',
  content: 'complete',
  hierarchyMeaning: 'is-a',
  concept: [
    {
      code: 'animal',
      concept: [
        { code: 'mammal', concept: [{ code: 'dog', concept: [{ code: 'poodle' }] }, { code: 'cat' }] },
        { code: 'bird' },
      ],
    },
    { code: 'plant' },
  ],
}

const set = (id: string, url: string, compose: ValueSet['compose'] & object): ValueSet => ({
  resourceType: 'ValueSet',
  id,
  url,
  status: 'active',
  compose,
})

const seen = (id: string, system: string | undefined, code: string): Observation =>
  observation(id, 'ann', { code: { coding: [{ ...(system === undefined ? {} : { system }), code }] } })

describe.each(kinds)('search by what codes mean (FHIR R4 search 3.1.1.4.4, 3.1.1.4.10) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const resources: readonly FhirResource[] = [
      codeSystem,
      set('pets', pets, { include: [{ system: animals, concept: [{ code: 'dog' }, { code: 'cat' }] }] }),
      set('mammals', 'https://codes.example/ValueSet/mammals', {
        include: [{ system: animals, filter: [{ property: 'concept', op: 'is-a', value: 'mammal' }] }],
      }),
      set('rest', 'https://codes.example/ValueSet/rest', {
        include: [{ system: animals }],
        exclude: [{ valueSet: [pets] }],
      }),
      patient('ann'),
      seen('animal', animals, 'animal'),
      seen('mammal', animals, 'mammal'),
      seen('dog', animals, 'dog'),
      seen('poodle', animals, 'poodle'),
      seen('bird', animals, 'bird'),
      seen('plant', animals, 'plant'),
      seen('other', 'urn:other', 'dog'),
      seen('bare', undefined, 'dog'),
      observation('draft', 'ann', { code: concept('urn:other', 'x'), status: 'preliminary' }),
    ]
    await world.load('clinic', resources)
  })
  afterAll(() => world.close())

  const all = ['animal', 'bare', 'bird', 'dog', 'draft', 'mammal', 'other', 'plant', 'poodle']
  const but = (...ids: string[]): string[] => all.filter((id) => !ids.includes(id))

  const cases: readonly Case[] = [
    [`code:in=${pets}`, ['dog']],
    ['code:in=ValueSet/pets', ['dog']],
    [`code:in=${base}/ValueSet/pets`, ['dog']],
    ['code:in=https://codes.example/ValueSet/mammals', ['dog', 'mammal', 'poodle']],
    ['code:in=https://codes.example/ValueSet/rest', ['animal', 'bird', 'mammal', 'plant', 'poodle']],
    [`code:in=${pets},https://codes.example/ValueSet/mammals`, ['dog', 'mammal', 'poodle']],
    [`code:not-in=${pets}`, but('dog')],
    ['code:not-in=https://codes.example/ValueSet/mammals', but('dog', 'mammal', 'poodle')],
    [`code:below=${animals}|mammal`, ['dog', 'mammal', 'poodle']],
    [`code:below=${animals}|poodle`, ['poodle']],
    [`code:below=${animals}|animal`, ['animal', 'bird', 'dog', 'mammal', 'poodle']],
    [`code:above=${animals}|dog`, ['animal', 'dog', 'mammal']],
    [`code:above=${animals}|plant`, ['plant']],
    [`code:below=${animals}|bird,${animals}|dog`, ['bird', 'dog', 'poodle']],
    ['status:in=http://hl7.org/fhir/ValueSet/observation-status', all],
    ['status:not-in=http://hl7.org/fhir/ValueSet/observation-status', []],
    [`subject:Patient.gender:in=http://hl7.org/fhir/ValueSet/administrative-gender`, all],
  ]

  test.each(cases)('Observation?%s', async (query, ids) => {
    expect(await find(world, `Observation?${query}`)).toEqual(ids)
  })

  test.each([
    'code:in=https://codes.example/ValueSet/nowhere',
    'code:not-in=https://codes.example/ValueSet/nowhere',
    'code:in=ValueSet/nowhere',
    'code:below=urn:unknown|x',
    'code:below=dog',
    'code:above=|dog',
  ])('what is not known here is refused, not guessed: Observation?%s', async (query) => {
    const text = expectOutcome(await world.get('clinic', `Observation?${query}`), 400)
    expect(text).toMatch(/value set|code system/)
  })

  test('a value set that is stored anew counts at once', async () => {
    await world.load('clinic', [
      set('birds', 'https://codes.example/ValueSet/birds', {
        include: [{ system: animals, concept: [{ code: 'bird' }] }],
      }),
    ])
    expect(await find(world, 'Observation?code:in=https://codes.example/ValueSet/birds')).toEqual(['bird'])
  })
})
