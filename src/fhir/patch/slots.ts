import { isJson, type Json } from './json.ts'

/** One occurrence of an element: its value, and what stands beside a primitive (FHIR R4 json 2.6.2.2.3). */
export interface Slot {
  readonly value?: unknown
  readonly twin?: Json
}

/** The occurrences of an element, by its JSON name. */
export const slotsOf = (owner: Json, name: string): readonly Slot[] => {
  const [values, twins] = [own(owner, name), own(owner, `_${name}`)]
  const count = Math.max(values.length, twins.length)
  return Array.from({ length: count }, (_, index) => slotOf(values[index], twins[index]))
}

const own = (owner: Json, name: string): readonly unknown[] => {
  const value = Object.hasOwn(owner, name) ? owner[name] : undefined
  if (Array.isArray(value)) return value
  return value === undefined || value === null ? [] : [value]
}

/** An occurrence; what is not there, or holds nothing, is no part of it. */
export const slotOf = (value: unknown, twin: unknown): Slot => ({
  ...(isNothing(value) ? {} : { value }),
  ...(isNothing(twin) ? {} : { twin: twin as Json }),
})

/** An object with other occurrences of one element; everything else stays as and where it was. */
export const withSlots = (owner: Json, name: string, slots: readonly Slot[], many: boolean): Json => {
  const values = slots.map(({ value }) => value ?? null)
  const twins = slots.map(({ twin }) => twin ?? null)
  return withMember(withMember(owner, name, values, many), `_${name}`, twins, many)
}

const withMember = (owner: Json, name: string, values: readonly unknown[], many: boolean): Json => {
  if (values.some((value) => value !== null)) return { ...owner, [name]: many ? values : values[0] }
  return Object.fromEntries(Object.entries(owner).filter(([other]) => other !== name))
}

/** Whether nothing is left of an occurrence: FHIR has no empty elements (FHIR R4 json 2.6.2). */
export const isEmptySlot = ({ value, twin }: Slot): boolean => value === undefined && twin === undefined

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (isJson(value) && Object.keys(value).length === 0)
