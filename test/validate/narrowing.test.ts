import type { ElementDefinition, StructureDefinition } from 'fhir/r4'
import { compile } from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { describe, expect, it } from 'vitest'
import { type Element, elements, isPrimitive, structure } from '../../src/fhir/definitions/structures.ts'
import { valueSets } from '../../src/fhir/definitions/value-sets.ts'
import { codeSystems, expansions, ownValueSets, profiles } from '../../src/validate/profiles.ts'
import { compileProfile } from '../../src/validate/rules.ts'

const base = 'http://hl7.org/fhir/StructureDefinition/'
const own = 'https://sluice.example/fhir/'

/** An element of a profile, and the one of R4 that it narrows; R4's root has no definition of its own. */
interface Placed {
  readonly element: ElementDefinition
  readonly of: Element | undefined
  /** The place among what R4 defines, and among the slices before it. */
  readonly order: readonly number[]
}

/** The type that is below an element: a profile may have chosen one of several. */
const typeBelow = (of: Element, chosen: ElementDefinition | undefined): string | undefined => {
  const types = chosen?.type?.map(({ code }) => code) ?? of.types
  const [only, another] = of.choice === true || chosen?.type === undefined ? types : of.types
  return another === undefined ? only : undefined
}

/** Follows an element's id through R4. Throws where there is no such element. */
const place = ({ type, differential }: StructureDefinition, element: ElementDefinition): Placed => {
  const all = differential?.element ?? []
  const steps = (element.id ?? '').split('.').slice(1)
  let at: string | undefined = type
  let of: Element | undefined
  const order: number[] = []
  let id = type
  for (const step of steps) {
    if (at === undefined) throw new Error(`${id} has several types`)
    const [name = '', slice] = step.split(':')
    const bare = name.replace('[x]', '')
    const names = Object.keys(elements(at))
    of = elements(at)[bare]
    if (of === undefined) throw new Error(`${at} has no ${bare}`)
    if ((of.choice === true) !== name.endsWith('[x]')) throw new Error(`${name} is written wrongly`)
    id = `${id}.${step}`
    order.push(names.indexOf(bare), slice === undefined ? -1 : all.findIndex((it) => it.id === id))
    const chosen = all.find((it) => it.id === id) ?? all.find((it) => it.id === id.replace(/:[^.:]*$/, ''))
    at = typeBelow(of, chosen)
  }
  return { element, of, order }
}

const upper = (max: string | undefined): number => (max === '*' || max === undefined ? Infinity : Number(max))

/** Codes of a value set that is enumerated, each with its system. */
const codesOf = (url: string): ReadonlySet<string> | undefined => {
  const found = expansions.get(url) ?? valueSets.get(url)
  if (found === undefined) return undefined
  return new Set(Object.entries(found).flatMap(([system, codes]) => codes.map((code) => `${system}|${code}`)))
}

/** Value sets that R4 itself binds an element to. */
const official: ReadonlySet<string> = new Set(
  ['CarePlan', 'Condition', 'Consent', 'Encounter', 'Observation'].flatMap((type) =>
    Object.values(elements(type)).flatMap(({ required, extensible }) =>
      [required ?? [], extensible ?? []].flat(),
    ),
  ),
)

const compareAll = (one: readonly number[], other: readonly number[]): number => {
  const at = one.findIndex((value, place) => value !== other[place])
  return at === -1 ? one.length - other.length : (one[at] ?? -1) - (other[at] ?? -1)
}

const allows = (of: Element, code: string): boolean =>
  of.types.includes(code) || of.types.some((type) => structure(type)?.kind === 'backbone')

/** What an element of a profile says that R4 does not allow it to say. */
const faultsOf = (profile: StructureDefinition, element: ElementDefinition): readonly string[] => {
  const { id = '', path, sliceName, type = [], binding } = element
  const { of } = place(profile, element)
  const isSlice = id.split('.').at(-1)?.includes(':') ?? false
  const named =
    path === id.replaceAll(/:[^.]*/g, '') && sliceName === (isSlice ? id.split(':').at(-1) : undefined)
  if (of === undefined) return named && path === profile.type ? [] : [`${id}: path`]
  const most = of.many === true ? Infinity : 1
  const max = element.max === undefined ? most : upper(element.max)
  const { min = isSlice ? 0 : (of.min ?? 0) } = element
  const wider = of.required === undefined ? undefined : codesOf(of.required)
  const narrower = binding?.valueSet === undefined ? undefined : codesOf(binding.valueSet)
  return [
    ...(named ? [] : ['path']),
    ...(isSlice || min >= (of.min ?? 0) ? [] : ['min']),
    ...(max <= most && min <= max ? [] : ['max']),
    ...type.filter(({ code }) => !allows(of, code)).map(({ code }) => `type ${code}`),
    ...type
      .flatMap(({ targetProfile = [] }) => targetProfile)
      .filter((target) => of.targets?.includes(target.replace(base, '')) === false),
    ...type.flatMap(({ profile: urls = [] }) => urls).filter((url) => !profiles.some((it) => it.url === url)),
    ...(binding?.valueSet === undefined || narrower !== undefined || official.has(binding.valueSet)
      ? []
      : ['value set']),
    ...(of.required === undefined || binding === undefined || binding.strength === 'required'
      ? []
      : ['strength']),
    ...[...(narrower ?? [])].filter((code) => wider?.has(code) === false),
  ].map((fault) => `${id}: ${fault}`)
}

describe.each(profiles.map((profile) => [profile.id, profile] as const))('%s narrows R4', (_, profile) => {
  it('and says nothing that R4 does not allow', () => {
    expect((profile.differential?.element ?? []).flatMap((element) => faultsOf(profile, element))).toEqual([])
  })
})

describe('what is no narrowing', () => {
  const plan = (element: Partial<ElementDefinition> & { id: string }) => {
    const whole = { path: element.id, ...element }
    const profile = {
      ...profiles[0],
      type: 'CarePlan',
      differential: { element: [whole] },
    } as StructureDefinition
    return () => faultsOf(profile, whole)
  }
  const code = (valueSet: string, strength: 'required' | 'preferred' = 'required') => ({
    binding: { strength, valueSet },
  })

  it.each([
    [{ id: 'CarePlan.status', min: 0 }, 'min'],
    [{ id: 'CarePlan.title', max: '*' }, 'max'],
    [{ id: 'CarePlan.title', min: 1, max: '0' }, 'max'],
    [{ id: 'CarePlan.title', type: [{ code: 'markdown' }] }, 'type markdown'],
    [
      { id: 'CarePlan.subject', type: [{ code: 'Reference', targetProfile: [`${base}Device`] }] },
      `${base}Device`,
    ],
    [{ id: 'CarePlan.title', path: 'CarePlan.name' }, 'path'],
    [{ id: 'CarePlan.category', ...code('https://x.example/vs') }, 'value set'],
    [
      { id: 'CarePlan.status', ...code('http://hl7.org/fhir/ValueSet/request-status', 'preferred') },
      'strength',
    ],
  ])('%j: %s', (element, fault) => {
    expect(plan(element)()).toEqual([`${element.id}: ${fault}`])
  })

  it('is a required binding to other codes', () => {
    expect(plan({ id: 'CarePlan.status', ...code(`${own}ValueSet/narrative-status`) })()).toHaveLength(2)
  })

  it.each(['CarePlan.colour', 'CarePlan.activity.detail.colour', 'CarePlan.activity.detail.scheduled'])(
    'is an element that R4 has not: %s',
    (id) => expect(plan({ id })).toThrow(/colour|scheduled/),
  )
})

describe.each(profiles.map((profile) => [profile.id, profile] as const))('%s', (_, profile) => {
  const { element = [] } = profile.differential ?? {}

  it('compiles, with a rule for every element', () => {
    const { root } = compileProfile(profile)
    expect(root.children.length + root.constraints.length).toBeGreaterThan(0)
  })

  it('has its elements once each, in the order of R4', () => {
    expect(new Set(element.map(({ id }) => id)).size).toBe(element.length)
    const orders = element.map((it) => place(profile, it).order)
    expect(orders.toSorted(compareAll)).toEqual(orders)
  })

  it('says whom it is for, and has the same address as the others', () => {
    expect(profile.url).toBe(`${own}StructureDefinition/${profile.id}`)
    expect(profile.baseDefinition).toBe(`${base}${profile.type}`)
    expect(profile.title?.length).toBeGreaterThan(5)
    expect(profile.description).toMatch(/\. For [a-z]|: .* For [a-z]/)
    expect(profile.status).toBe('active')
    expect(profile.publisher).toBe('Sluice')
    expect(isPrimitive(profile.type)).toBe(false)
  })

  it('slices only what it says how to slice, and each slice has a minimum', () => {
    for (const { id = '', min, path } of element.filter(({ sliceName }) => sliceName !== undefined)) {
      expect(min).toBeTypeOf('number')
      const sliced = element.find((it) => it.id === id.replace(/:[^.:]*$/, ''))
      expect(sliced?.slicing?.discriminator, path).toBeDefined()
    }
  })

  it('has constraints with a key each, in words that say how to mend it', () => {
    const constraints = element.flatMap(({ constraint = [] }) => constraint)
    expect(new Set(constraints.map(({ key }) => key)).size).toBe(constraints.length)
    for (const { human, expression = '' } of constraints) {
      expect(human).toMatch(/^[a-z]/)
      expect(() => compile({ base: profile.type, expression }, r4)).not.toThrow()
      expect(expression).not.toBe('')
    }
  })
})

describe('the value sets and code systems', () => {
  it('have codes, and each code once', () => {
    for (const { url = '' } of ownValueSets) expect(codesOf(url)?.size, url).toBeGreaterThan(0)
    for (const { concept = [], count, url } of codeSystems) {
      expect(new Set(concept.map(({ code }) => code)).size, url).toBe(concept.length)
      expect(count, url).toBe(concept.length)
    }
  })

  it('take from the code systems of their own only codes that are there', () => {
    const lists = ownValueSets.flatMap(({ compose }) => compose?.include ?? [])
    for (const { system = '', concept = [] } of lists.filter((it) => it.system?.startsWith(own))) {
      const codes = codeSystems.find(({ url }) => url === system)?.concept?.map(({ code }) => code) ?? []
      expect(codes.length, system).toBeGreaterThan(0)
      expect(concept.map(({ code }) => code).filter((code) => !codes.includes(code))).toEqual([])
    }
  })

  it('name whose codes they use', () => {
    for (const { compose, copyright = '', id } of ownValueSets)
      for (const { system } of compose?.include ?? [])
        if (system === 'http://loinc.org') expect(copyright, id).toContain('LOINC')
  })
})
