import type { CodeSystem, ConceptMap, FhirResource, Parameters, ParametersParameter, ValueSet } from 'fhir/r4'
import { importRelease, type System } from '../../terminology/fixtures.ts'
import type { Kind } from '../databases.ts'
import { expectStatus } from '../outcome.ts'
import { openWorld, type Reply, type World } from '../world.ts'

export const icd = 'http://hl7.org/fhir/sid/icd-10-cm'
export const loincUrl = 'http://loinc.org'
export const sct = 'http://snomed.info/sct'
export const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm'
export const animals = 'https://codes.example/animals'
const sets = 'https://codes.example/ValueSet'
export const setUrl = (name: string): string => `${sets}/${name}`

const codeSystem: CodeSystem = {
  resourceType: 'CodeSystem',
  id: 'animals',
  url: animals,
  version: '1',
  name: 'Animals',
  title: 'Animals, a few',
  status: 'active',
  content: 'complete',
  hierarchyMeaning: 'is-a',
  property: [{ code: 'legs', type: 'integer' }],
  concept: [
    {
      code: 'animal',
      display: 'Animal',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [
        {
          code: 'mammal',
          display: 'Mammal',
          definition: 'It gives milk.',
          concept: [
            {
              code: 'dog',
              display: 'Dog',
              designation: [{ language: 'de', value: 'Hund' }],
              property: [{ code: 'legs', valueInteger: 4 }],
              concept: [{ code: 'poodle', display: 'Poodle' }],
            },
            { code: 'cat', display: 'Cat', property: [{ code: 'legs', valueInteger: 4 }] },
          ],
        },
        { code: 'bird', display: 'Bird', property: [{ code: 'legs', valueInteger: 2 }] },
        { code: 'dodo', display: 'Dodo', property: [{ code: 'inactive', valueBoolean: true }] },
      ],
    },
  ],
}

const set = (
  id: string,
  compose: ValueSet['compose'] | undefined,
  more: Partial<ValueSet> = {},
): ValueSet => ({
  resourceType: 'ValueSet',
  id,
  url: setUrl(id),
  status: 'active',
  ...(compose === undefined ? {} : { compose }),
  ...more,
})

const filtered = (
  system: string,
  property: string,
  op: 'is-a' | 'descendent-of' | 'is-not-a' | 'generalizes' | '=' | 'in' | 'not-in' | 'regex' | 'exists',
  value: string,
) => ({ system, filter: [{ property, op, value }] })

/** Value sets by what they are composed of, and what each must have. */
export const composed: Readonly<Record<string, readonly [compose: ValueSet['compose'] & object, codes: readonly string[]]>> = {
  animals: [{ include: [{ system: animals }] }, ['animal', 'mammal', 'bird', 'dodo', 'dog', 'cat', 'poodle']],
  mammals: [{ include: [filtered(animals, 'concept', 'is-a', 'mammal')] }, ['mammal', 'dog', 'cat', 'poodle']],
  'below-mammal': [{ include: [filtered(animals, 'concept', 'descendent-of', 'mammal')] }, ['dog', 'cat', 'poodle']],
  'no-mammals': [{ include: [filtered(animals, 'concept', 'is-not-a', 'mammal')] }, ['animal', 'bird', 'dodo']],
  'above-dog': [{ include: [filtered(animals, 'concept', 'generalizes', 'dog')] }, ['animal', 'mammal', 'dog']],
  'four-legs': [{ include: [filtered(animals, 'legs', '=', '4')] }, ['dog', 'cat']],
  legs: [{ include: [filtered(animals, 'legs', 'exists', 'true')] }, ['bird', 'dog', 'cat']],
  alive: [{ inactive: false, include: [{ system: animals }] }, ['animal', 'mammal', 'bird', 'dog', 'cat', 'poodle']],
  forty: [{ include: Array.from({ length: 40 }, () => ({ valueSet: [setUrl('mammals')] })) }, ['mammal', 'dog', 'cat', 'poodle']],
  pets: [
    { include: [{ system: animals, concept: [{ code: 'cat', display: 'House cat' }, { code: 'dog' }] }] },
    ['cat', 'dog'],
  ],
  'pets-but-dogs': [
    { include: [{ valueSet: [setUrl('pets')] }], exclude: [filtered(animals, 'concept', 'is-a', 'dog')] },
    ['cat'],
  ],
  'pets-and-mammals': [{ include: [{ valueSet: [setUrl('pets'), setUrl('below-mammal')] }] }, ['cat', 'dog']],
  'mammals-with-system': [{ include: [{ system: animals, valueSet: [setUrl('below-mammal')] }] }, ['dog', 'cat', 'poodle']],
  opioids: [{ include: [filtered(sct, 'concept', 'is-a', '191816009')] }, ['191816009', '231477003', '75544000']],
  'below-opioid': [{ include: [filtered(sct, 'concept', 'descendent-of', '75544000')] }, ['231477003']],
  'above-heroin': [
    { include: [filtered(sct, 'concept', 'generalizes', '191816009')] },
    ['138875005', '191816009', '404684003', '74732009'],
  ],
  'disorders-but-mood': [
    {
      include: [filtered(sct, 'concept', 'is-a', '74732009')],
      exclude: [filtered(sct, 'concept', 'is-a', '35489007')],
    },
    ['191816009', '231477003', '74732009', '75544000'],
  ],
  'not-disorders': [
    { inactive: false, include: [filtered(sct, 'concept', 'is-not-a', '74732009')] },
    ['138875005', '404684003', '441806004'],
  ],
  'retired-sct': [{ include: [filtered(sct, 'inactive', '=', 'true')] }, ['12345678']],
  defined: [{ include: [filtered(sct, 'sufficientlyDefined', '=', 'true')] }, ['370143000', '75544000']],
  'scored-survey': [
    {
      include: [
        {
          system: loincUrl,
          filter: [
            { property: 'CLASS', op: 'regex', value: 'SURVEY\\..*' },
            { property: 'SCALE_TYP', op: '=', value: 'Qn' },
          ],
        },
      ],
    },
    ['44261-6', '70274-6'],
  ],
  'below-survey-part': [{ include: [filtered(loincUrl, 'parent', '=', 'LP89731-9')] }, ['44249-1', '44261-6']],
  'with-class': [{ include: [filtered(loincUrl, 'CLASS', 'exists', 'false')] }, ['LA6568-5', 'LA6569-3', 'LP432695-7', 'LP7803-7', 'LP89731-9']],
  'icd-opioid': [{ include: [filtered(icd, 'concept', 'is-a', 'F11.2')] }, ['F11.2', 'F11.20', 'F11.21', 'F11.22', 'F11.220']],
  billable: [{ include: [{ system: icd, filter: [{ property: 'concept', op: 'is-a', value: 'F11' }, { property: 'billable', op: '=', value: 'true' }] }] }, ['F11.20', 'F11.21', 'F11.220']],
  'two-codes': [{ include: [filtered(icd, 'code', 'in', 'F10, F32')] }, ['F10', 'F32']],
  mixed: [
    { include: [{ system: animals, concept: [{ code: 'cat' }] }, filtered(rxnorm, 'concept', 'is-a', '371234'), { system: icd, concept: [{ code: 'F32' }] }] },
    ['cat', '351266', '371234', 'F32'],
  ],
  active: [{ inactive: false, include: [{ system: sct, concept: [{ code: '12345678' }, { code: '75544000' }] }] }, ['75544000']],
} // prettier-ignore

/** Value sets that cannot be told, and the element that says why. */
export const impossible: Readonly<Record<string, readonly [compose: ValueSet['compose'] | undefined, code: string, at: string]>> = {
  'of-nowhere': [{ include: [{ system: 'urn:nowhere' }] }, 'not-found', 'ValueSet.compose.include[0].system'],
  'of-old': [{ include: [{ system: sct, version: '1999' }] }, 'not-found', 'ValueSet.compose.include[0].version'],
  'by-ecl': [{ include: [filtered(sct, 'constraint', '=', '< 404684003')] }, 'not-supported', 'ValueSet.compose.include[0].filter[0]'],
  'by-refset': [{ include: [filtered(sct, 'concept', 'in', '700043003')] }, 'not-supported', 'ValueSet.compose.include[0].filter[0]'],
  'by-pattern': [{ include: [filtered(loincUrl, 'CLASS', 'regex', '(a+)+(?=x)')] }, 'not-supported', 'ValueSet.compose.include[0].filter[0]'],
  'by-unknown': [{ include: [filtered(loincUrl, 'NOTHING', '=', 'x')] }, 'not-supported', 'ValueSet.compose.include[0].filter[0]'],
  'of-unknown-set': [{ include: [{ valueSet: [setUrl('nowhere')] }] }, 'not-found', 'ValueSet.compose.include[0].valueSet[0]'],
  circle: [{ include: [{ valueSet: [setUrl('circle')] }] }, 'processing', 'ValueSet.compose.include[0].valueSet[0]'],
  multiplied: [{ include: Array.from({ length: 40 }, () => ({ valueSet: [setUrl('forty')] })) }, 'too-costly', 'ValueSet.compose.include[12].valueSet[0].compose.include[12].valueSet[0].compose.include[0]'],
  undefined: [undefined, 'not-supported', 'ValueSet'],
} // prettier-ignore

const map: ConceptMap = {
  resourceType: 'ConceptMap',
  id: 'names',
  url: 'https://codes.example/ConceptMap/names',
  version: '3',
  status: 'active',
  sourceCanonical: setUrl('animals'),
  targetCanonical: setUrl('latin'),
  group: [
    {
      source: animals,
      target: 'urn:latin',
      element: [
        { code: 'dog', target: [{ code: 'canis', display: 'Canis', equivalence: 'wider', product: [{ property: 'urn:p', value: 'tame', system: 'urn:q' }] }] },
        { code: 'cat', target: [{ code: 'felis', equivalence: 'equivalent' }, { code: 'lynx', equivalence: 'disjoint' }] },
        { code: 'bird', target: [{ code: 'aves', equivalence: 'equal', dependsOn: [{ property: 'urn:season', value: 'winter' }] }] },
        { code: 'dodo', target: [{ equivalence: 'unmatched' }] },
      ],
      unmapped: { mode: 'fixed', code: 'animalia', display: 'Some animal' },
    },
    { source: animals, target: 'urn:short', element: [{ code: 'dog', target: [{ code: 'd', equivalence: 'equal' }] }], unmapped: { mode: 'other-map', url: 'https://codes.example/ConceptMap/rest' } },
  ],
} // prettier-ignore

const rest: ConceptMap = {
  resourceType: 'ConceptMap',
  id: 'rest',
  url: 'https://codes.example/ConceptMap/rest',
  status: 'active',
  group: [{ source: animals, target: 'urn:short', element: [{ code: 'cat', target: [{ code: 'c', equivalence: 'equal' }] }], unmapped: { mode: 'provided' } }],
} // prettier-ignore

const part: CodeSystem = {
  resourceType: 'CodeSystem',
  id: 'part',
  url: 'urn:part',
  status: 'active',
  content: 'fragment',
  hierarchyMeaning: 'part-of',
  concept: [{ code: 'one', concept: [{ code: 'two' }] }],
}

/** A world with four imported systems and a few stored resources. */
export const openTerminology = async (kind: Kind): Promise<World> => {
  const world = await openWorld(kind)
  const resources: readonly FhirResource[] = [
    codeSystem,
    part,
    ...Object.entries(composed).map(([id, [compose]]) => set(id, compose, id === 'pets' ? { version: '2', name: 'Pets', title: 'Pets' } : {})),
    ...Object.entries(impossible).map(([id, [compose]]) => set(id, compose)),
    map,
    rest,
  ] // prettier-ignore
  await world.load('clinic', resources)
  for (const system of ['icd-10-cm', 'loinc', 'snomed-ct', 'rxnorm'] satisfies System[])
    await importRelease(world.services, system)
  return world
}

/** An address with a query, each value encoded. */
export const address = (path: string, query: Readonly<Record<string, string>>): string =>
  `${path}?${new URLSearchParams(query).toString()}`

/** A body of parameters. */
export const parameters = (...parameter: ParametersParameter[]): Parameters => ({
  resourceType: 'Parameters',
  parameter,
})

/** The parameters of an answer. */
export const answered = (reply: Reply): ParametersParameter[] =>
  expectStatus(reply, 200).as<Parameters>().parameter ?? []

/** The value of one of them. */
export const valueOf = (given: readonly ParametersParameter[], name: string): unknown => {
  const own = given.find((parameter) => parameter.name === name) ?? {}
  return Object.entries(own).find(([key]) => key.startsWith('value'))?.[1]
}
