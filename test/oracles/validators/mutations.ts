/**
 * One change to a valid resource, with what R4 says of the result. A change that does not apply to a resource answers
 * undefined.
 */
import { isPrimitive, resourceTypes, shape } from '../../../src/fhir/definitions/structures.ts'
import { valueSets } from '../../../src/fhir/definitions/value-sets.ts'
import { type Json, objectsIn, type Place, placesIn } from './places.ts'

export type Pick = <T>(items: readonly T[]) => T | undefined

export type Mutation = {
  readonly name: string
  /** What R4 makes of it, and where it says so. */
  readonly expect: 'valid' | 'invalid'
  readonly source: string
  /** Changes the resource in place; false where it does not apply. */
  readonly change: (resource: Json, pick: Pick) => boolean
}

const json = 'https://hl7.org/fhir/R4/json.html'
const datatypes = 'https://hl7.org/fhir/R4/datatypes.html'
const conformance = 'https://hl7.org/fhir/R4/conformance-rules.html'

/** Changes one value that passes the test; an item of an array is changed in its array. */
const at =
  (test: (place: Place, value: any) => boolean, to: (value: any, pick: Pick, place: Place) => unknown) =>
  (resource: Json, pick: Pick): boolean => {
    const fitting = placesIn(resource).filter((place) => {
      const value = place.holder[place.name]
      return test(place, Array.isArray(value) ? value[0] : value)
    })
    const place = pick(fitting)
    if (place === undefined) return false
    const { holder, name } = place
    const value = holder[name]
    if (Array.isArray(value)) value[0] = to(value[0], pick, place)
    else holder[name] = to(value, pick, place)
    return true
  }

/** Changes one object of these types. */
const on =
  (types: readonly string[], change: (holder: Json, pick: Pick, resource: Json) => boolean | void) =>
  (resource: Json, pick: Pick): boolean => {
    const found = pick(objectsIn(resource).filter(({ type }) => types.length === 0 || types.includes(type)))
    return found !== undefined && change(found.holder, pick, resource) !== false
  }

const typed =
  (...types: string[]) =>
  ({ property }: Place, value: unknown) =>
    types.includes(property.type) && value !== null && value !== undefined

const isOwn = ({ property }: Place) => property.definition.choice === undefined

const extension = (rest: Json = { valueString: 'x' }) => ({ url: 'http://example.org/an-extension', ...rest })

const removeRequired = (resource: Json, pick: Pick): boolean => {
  const found = pick(
    objectsIn(resource).flatMap(({ holder, type }) =>
      (shape(type)?.required ?? []).map(({ names }) => ({ holder, names })),
    ),
  )
  for (const name of found?.names ?? []) {
    delete found?.holder[name]
    delete found?.holder[`_${name}`]
  }
  return found !== undefined
}

const chooseAgain = (resource: Json, pick: Pick): boolean => {
  const place = pick(placesIn(resource).filter(({ property }) => property.definition.choice === true))
  if (place === undefined) return false
  const { holder, name, property } = place
  const other = ['Boolean', 'String', 'DateTime', 'Period', 'Reference', 'CodeableConcept']
    .map((type) => `${property.element}${type}`)
    .find((candidate) => candidate !== name && shape(place.type)?.properties.has(candidate))
  if (other === undefined) return false
  const values: Json = { Boolean: true, String: 'x', DateTime: '2020', Period: { start: '2020' } }
  const ending = other.slice(property.element.length)
  holder[other] = values[ending] ?? (ending === 'Reference' ? { display: 'x' } : { text: 'x' })
  return true
}

const wrongTarget = (resource: Json, pick: Pick): boolean => {
  const place = pick(
    placesIn(resource).filter(
      ({ property: { type, definition } }) => type === 'Reference' && definition.targets !== undefined,
    ),
  )
  if (place === undefined) return false
  const { holder, name, property } = place
  const wrong = pick(resourceTypes.filter((type) => !property.definition.targets?.includes(type)))
  const reference = { reference: `${wrong}/1` }
  holder[name] = Array.isArray(holder[name]) ? [reference, ...holder[name].slice(1)] : reference
  return true
}

const dates: Record<string, string[]> = {
  date: ['2020-13-01', '2021-02-29', '01/02/2020', '2020-1-1', '2020-01-01T10:00:00Z', '20200101'],
  dateTime: ['2020-01-01T10:00:00', '2020-01-01T10:00Z', '2020-02-30', '2020-01-01 10:00:00Z', 'yesterday'],
  instant: ['2020-01-01', '2020-01-01T10:00:00', '2020-01-01T25:00:00Z', '2020-06-31T10:00:00Z'],
  time: ['24:00:00', '10:00', '10:00:00Z', '1:00:00'],
}

const texts = ['string', 'markdown', 'code', 'uri', 'url', 'canonical', 'id']
const numbers = ['integer', 'decimal', 'positiveInt', 'unsignedInt']

export const mutations: readonly Mutation[] = [
  {
    name: 'required element missing',
    expect: 'invalid',
    source: `${conformance}#cardinality`,
    change: removeRequired,
  },
  {
    name: 'unknown element',
    expect: 'invalid',
    source: json,
    change: on([], (holder) => void (holder.unheardOf = 'x')),
  },
  {
    name: 'text for a number',
    expect: 'invalid',
    source: `${json}#primitive`,
    change: at(typed(...numbers), (value) => String(value)),
  },
  {
    name: 'number for a text',
    expect: 'invalid',
    source: `${json}#primitive`,
    change: at(typed(...texts), () => 17),
  },
  {
    name: 'text for a boolean',
    expect: 'invalid',
    source: `${json}#primitive`,
    change: at(typed('boolean'), (value) => String(value)),
  },
  {
    name: 'text for an object',
    expect: 'invalid',
    source: json,
    change: at(
      ({ property: { type } }) => !isPrimitive(type) && type !== 'Resource',
      () => 'x',
    ),
  },
  {
    name: 'second value[x]',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/formats.html#choice',
    change: chooseAgain,
  },
  {
    name: 'empty text',
    expect: 'invalid',
    source: `${datatypes}#string`,
    change: at(typed(...texts), () => ''),
  },
  {
    name: 'empty array',
    expect: 'invalid',
    source: json,
    change: (resource, pick) => {
      const place = pick(placesIn(resource).filter(({ property }) => property.definition.many === true))
      if (place !== undefined) place.holder[place.name] = []
      return place !== undefined
    },
  },
  {
    name: 'empty object',
    expect: 'invalid',
    source: json,
    change: at(
      ({ property: { type } }) => !isPrimitive(type) && type !== 'Resource',
      () => ({}),
    ),
  },
  {
    name: 'null',
    expect: 'invalid',
    source: json,
    change: (resource, pick) => {
      const place = pick(placesIn(resource))
      if (place !== undefined) place.holder[place.name] = null
      return place !== undefined
    },
  },
  {
    name: 'bad date',
    expect: 'invalid',
    source: `${datatypes}#dateTime`,
    change: at(typed(...Object.keys(dates)), (_value, pick, { property }) =>
      pick(dates[property.type] ?? []),
    ),
  },
  {
    name: 'bad id',
    expect: 'invalid',
    source: `${datatypes}#id`,
    change: (resource, pick) => {
      resource.id = pick(['an_id', 'an id', 'a'.repeat(65), 'é'])
      return true
    },
  },
  {
    name: 'bad code',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/terminologies.html#required',
    change: at(
      ({ property: { type, definition } }) => type === 'code' && valueSets.has(definition.required ?? ''),
      () => 'no-such-code',
    ),
  },
  {
    name: 'wrong target',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/references.html',
    change: wrongTarget,
  },
  {
    name: 'too many',
    expect: 'invalid',
    source: `${conformance}#cardinality`,
    change: (resource, pick) => {
      const place = pick(placesIn(resource).filter(({ property }) => property.definition.many !== true))
      if (place !== undefined) place.holder[place.name] = [place.holder[place.name], place.holder[place.name]]
      return place !== undefined
    },
  },
  {
    name: 'single for an array',
    expect: 'invalid',
    source: json,
    change: (resource, pick) => {
      const place = pick(placesIn(resource).filter(({ property }) => property.definition.many === true))
      if (place !== undefined) place.holder[place.name] = place.holder[place.name][0]
      return place !== undefined
    },
  },
  {
    name: 'bad number',
    expect: 'invalid',
    source: `${datatypes}#integer`,
    change: at(typed('integer', 'positiveInt', 'unsignedInt'), (_value, pick) => pick([1.5, 4_294_967_296])),
  },
  {
    name: 'zero for a positive number',
    expect: 'invalid',
    source: `${datatypes}#positiveInt`,
    change: at(typed('positiveInt'), () => 0),
  },
  {
    name: 'spaces in a uri',
    expect: 'invalid',
    source: `${datatypes}#uri`,
    change: at(typed('uri', 'url', 'canonical'), (value) => `${value} x`),
  },
  {
    name: 'spaces in a code',
    expect: 'invalid',
    source: `${datatypes}#code`,
    change: at(typed('code'), (value, pick) => pick([` ${value}`, `${value} `, `a  b`])),
  },
  {
    name: 'control character',
    expect: 'invalid',
    source: `${datatypes}#string`,
    change: at(typed('string', 'markdown'), (value) => `${value}\u0001`),
  },
  {
    name: 'extension of nothing',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/extensibility.html#ext-1',
    change: on([], (holder) => void (holder.extension = [extension({})])),
  },
  {
    name: 'extension of both',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/extensibility.html#ext-1',
    change: on([], (holder) => {
      if (holder.resourceType === 'Bundle' || holder.resourceType === 'Parameters') return false
      holder.extension = [extension({ valueString: 'x', extension: [extension()] })]
      return true
    }),
  },
  {
    name: 'extension without url',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/extensibility.html',
    change: on([], (holder) => void (holder.extension = [{ valueString: 'x' }])),
  },
  {
    name: 'id alone',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/element.html#ele-1',
    change: at(
      ({ property: { type } }) => !isPrimitive(type) && type !== 'Resource' && type !== 'Extension',
      () => ({ id: 'alone' }),
    ),
  },
  {
    name: 'period backwards',
    expect: 'invalid',
    source: `${datatypes}#per-1`,
    change: on(
      ['Period'],
      (period) => void Object.assign(period, { start: '2020-02-01', end: '2020-01-01' }),
    ),
  },
  {
    name: 'value without system',
    expect: 'invalid',
    source: `${datatypes}#cpt-2`,
    change: on(['ContactPoint'], (point) => {
      delete point.system
      point.value = 'x'
    }),
  },
  {
    name: 'unit code without system',
    expect: 'invalid',
    source: `${datatypes}#qty-3`,
    change: on(['Quantity'], (quantity) => {
      delete quantity.system
      quantity.code = 'mg'
    }),
  },
  {
    name: 'reference to nothing contained',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/references.html#ref-1',
    change: on(['Reference'], (reference) => {
      delete reference.type
      reference.reference = '#nowhere'
    }),
  },
  {
    name: 'contained and not cited',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/domainresource.html#dom-3',
    change: (resource) => {
      if (shape(resource.resourceType)?.properties.has('contained') !== true) return false
      const contained = { resourceType: 'Basic', id: 'uncited', code: { text: 'x' } }
      resource.contained = [...(resource.contained ?? []), contained]
      return true
    },
  },
  {
    name: 'narrative with a script',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/narrative.html#txt-1',
    change: on(['Narrative'], (narrative) => {
      narrative.div = '<div xmlns="http://www.w3.org/1999/xhtml">x<script>x</script></div>'
    }),
  },
  {
    name: 'narrative of nothing',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/narrative.html#txt-2',
    change: on(['Narrative'], (narrative) => {
      narrative.div = '<div xmlns="http://www.w3.org/1999/xhtml"> </div>'
    }),
  },
  {
    name: 'Reference of two types',
    expect: 'invalid',
    source: 'https://hl7.org/fhir/R4/references-definitions.html#Reference.type',
    change: on(['Reference'], (reference) => {
      const named = /^([A-Za-z]+)\/[A-Za-z0-9.-]+$/.exec(reference.reference ?? '')?.[1]
      if (named === undefined) return false
      reference.type = named === 'Basic' ? 'Patient' : 'Basic'
      return true
    }),
  },
  {
    name: 'null as a twin',
    expect: 'invalid',
    source: `${json}#primitive`,
    change: (resource, pick) => {
      const place = pick(placesIn(resource).filter(({ property }) => isPrimitive(property.type)))
      if (place !== undefined) place.holder[`_${place.name}`] = null
      return place !== undefined
    },
  },
  {
    name: 'an extension more',
    expect: 'valid',
    source: 'https://hl7.org/fhir/R4/extensibility.html',
    change: on([], (holder) => {
      const isPlain =
        ['Bundle', 'Parameters', 'Binary'].includes(holder.resourceType) || holder.url !== undefined
      if (isPlain) return false
      holder.extension = [...(holder.extension ?? []), extension()]
      return true
    }),
  },
  {
    name: 'a primitive with an id',
    expect: 'valid',
    source: `${json}#primitive`,
    change: (resource, pick) => {
      const place = pick(
        placesIn(resource).filter(
          (one) =>
            isPrimitive(one.property.type) &&
            one.property.definition.many !== true &&
            one.holder[`_${one.name}`] === undefined &&
            one.name !== 'id' &&
            !(one.type === 'Extension' && one.name === 'url') &&
            one.property.type !== 'xhtml' &&
            isOwn(one),
        ),
      )
      if (place !== undefined) place.holder[`_${place.name}`] = { id: 'named' }
      return place !== undefined
    },
  },
  {
    name: 'a value unknown, by extension',
    expect: 'valid',
    source: 'https://hl7.org/fhir/R4/extension-data-absent-reason.html',
    change: (resource) => {
      if (resource.resourceType !== 'Patient' && resource.resourceType !== 'Observation') return false
      const name = resource.resourceType === 'Patient' ? 'birthDate' : 'status'
      delete resource[name]
      resource[`_${name}`] = {
        extension: [
          { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
        ],
      }
      return true
    },
  },
  {
    name: 'a tag and a label',
    expect: 'valid',
    source: 'https://hl7.org/fhir/R4/resource.html#Meta',
    change: (resource) => {
      const tag = { system: 'http://example.org/tags', code: 'tested' }
      resource.meta = { ...resource.meta, tag: [...(resource.meta?.tag ?? []), tag] }
      return true
    },
  },
  {
    name: 'elements in another order',
    expect: 'valid',
    source: json,
    change: on([], (holder) => {
      const entries = Object.entries(holder).toReversed()
      for (const [name] of entries) delete holder[name]
      Object.assign(holder, Object.fromEntries(entries))
    }),
  },
]
