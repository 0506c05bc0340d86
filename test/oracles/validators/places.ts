import { shape, type Property } from '../../../src/fhir/definitions/structures.ts'

export type Json = { [name: string]: any }

/** An object in a resource with its type, and one of its properties. */
export type Place = { holder: Json; type: string; name: string; property: Property }

/** Every object of a resource with its datatype or backbone element, the resource itself first. */
export const objectsIn = (resource: Json): { holder: Json; type: string }[] => {
  const found: { holder: Json; type: string }[] = []
  const walk = (holder: Json, type: string): void => {
    found.push({ holder, type })
    for (const [name, value] of Object.entries(holder)) {
      const property = shape(type)?.properties.get(name)
      if (property === undefined) continue
      for (const item of Array.isArray(value) ? value : [value])
        if (typeof item === 'object' && item !== null)
          walk(item, property.type === 'Resource' ? item.resourceType : property.type)
    }
  }
  walk(resource, resource.resourceType)
  return found
}

/** Every property of every object, without those that only `_` twins stand for. */
export const placesIn = (resource: Json): Place[] =>
  objectsIn(resource).flatMap(({ holder, type }) =>
    Object.keys(holder).flatMap((name) => {
      const property = shape(type)?.properties.get(name)
      return property === undefined ? [] : [{ holder, type, name, property }]
    }),
  )

/** A generator of numbers from 0 to 1 that its seed alone decides (mulberry32). */
export const random = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
