import type { ElementDefinition, StructureDefinition } from 'fhir/r4'
import { type Element, elements, structure } from '../../fhir/definitions/structures.ts'

/** One line of a profile's table. */
export interface Row {
  readonly id: string
  /** The element's own name, and its slice. */
  readonly name: string
  readonly slice?: string
  readonly depth: number
  readonly min: number
  readonly max: string
  readonly types: readonly string[]
  /** Profiles of the extension that it is. */
  readonly profiles: readonly string[]
  readonly binding?: { readonly strength: string; readonly valueSet: string }
  /** What a value must be, or have. */
  readonly value?: { readonly exact: boolean; readonly text: string }
  readonly slicing?: string
  readonly supported: boolean
  /** It is R4 that asks for it, and R4 alone. */
  readonly plain: boolean
  readonly short?: string
  readonly more: readonly string[]
}

/**
 * The lines of a profile's table: each element that it says something about, as it stands over R4, and those at the top
 * that R4 itself asks for. The root has none.
 */
export const rowsOf = (profile: StructureDefinition): readonly Row[] => {
  const own = (profile.differential?.element ?? []).filter(({ path }) => path !== profile.type)
  return Object.entries(elements(profile.type)).flatMap(([name, of]) => {
    const id = `${profile.type}.${name}${of.choice === true ? '[x]' : ''}`
    const said = own.filter((element) => [element.id, element.path].some((it) => isAt(it ?? '', id)))
    if (said.length > 0) return said.map((element) => rowOf(profile, element))
    return of.min === undefined ? [] : [{ ...rowFrom({ id, path: id }, of), plain: true }]
  })
}

const isAt = (path: string, id: string): boolean =>
  path === id || path.startsWith(`${id}.`) || path.startsWith(`${id}:`)

const rowOf = (profile: StructureDefinition, element: ElementDefinition): Row =>
  rowFrom(element, definitionOf(profile, element.id ?? element.path) ?? { types: [] })

const rowFrom = (element: ElementDefinition, of: Element): Row => {
  const { id = element.path, sliceName, min, max, type, short, definition, comment, mustSupport } = element
  const steps = id.split('.')
  const [name = ''] = steps.at(-1)?.split(':') ?? []
  return {
    id,
    name,
    ...(sliceName !== undefined && { slice: sliceName }),
    depth: steps.length - 2,
    min: min ?? (sliceName === undefined ? (of.min ?? 0) : 0),
    max: max ?? (of.many === true ? '*' : '1'),
    types: typesOf(type, of),
    profiles: type?.flatMap(({ profile = [] }) => profile) ?? [],
    ...bindingOf(element, of),
    ...valueOf(element),
    ...slicingOf(element),
    supported: mustSupport === true,
    plain: false,
    ...(short !== undefined && { short }),
    more: [definition ?? [], comment ?? []].flat(),
  }
}

const base = 'http://hl7.org/fhir/StructureDefinition/'

/** Datatypes as they are read: `Reference(Patient | Group)`; a part of the resource itself has none. */
const typesOf = (said: ElementDefinition['type'], of: Element): readonly string[] =>
  (said ?? of.types.map((code) => ({ code, targetProfile: of.targets?.map((target) => base + target) })))
    .filter(({ code }) => structure(code)?.kind !== 'backbone')
    .map(({ code, targetProfile = [] }) =>
      targetProfile.length === 0 || !['Reference', 'canonical'].includes(code)
        ? code
        : `${code}(${targetProfile.map((url) => url.replace(base, '')).join(' | ')})`,
    )

const bindingOf = ({ binding }: ElementDefinition, of: Element): Pick<Row, 'binding'> => {
  if (binding?.valueSet !== undefined)
    return { binding: { strength: binding.strength, valueSet: binding.valueSet } }
  return of.required === undefined ? {} : { binding: { strength: 'required', valueSet: of.required } }
}

const valueOf = (element: ElementDefinition): Pick<Row, 'value'> => {
  const found = Object.entries(element).find(([name]) => /^(fixed|pattern)[A-Z]/.test(name))
  if (found === undefined) return {}
  const [name, value]: [string, unknown] = found
  return { value: { exact: name.startsWith('fixed'), text: inWords(value) } }
}

/** A code with its system as `system|code`; anything else as JSON. */
const inWords = (value: unknown): string => {
  if (typeof value === 'string') return value
  const { coding } = Object(value) as { coding?: unknown }
  const codings = Array.isArray(coding) ? coding : [value]
  return codings.map((it) => codeIn(it) ?? JSON.stringify(it)).join(', ')
}

const codeIn = (value: unknown): string | undefined => {
  const { system, code } = Object(value) as { system?: unknown; code?: unknown }
  return typeof system === 'string' && typeof code === 'string' ? `${system}|${code}` : undefined
}

const slicingOf = ({ slicing }: ElementDefinition): Pick<Row, 'slicing'> => {
  if (slicing === undefined) return {}
  const by = (slicing.discriminator ?? []).map(({ type, path }) => `${type} of ${path}`).join(', ')
  return {
    slicing: `${slicing.rules === 'closed' ? 'only these slices' : 'others may stand beside'}, told apart by ${by}`,
  }
}

/** What R4 defines under an element's id; undefined where a choice is not made. */
const definitionOf = (profile: StructureDefinition, id: string): Element | undefined => {
  let type: string | undefined = profile.type
  let of: Element | undefined
  let path = profile.type
  for (const step of id.split('.').slice(1)) {
    path = `${path}.${step}`
    of = elements(type ?? '')[step.replace(/(\[x\])?(:.*)?$/, '')]
    const said = profile.differential?.element.find((element) => element.id === path)?.type
    type = said?.[0]?.code ?? of?.types[0]
  }
  return of
}
