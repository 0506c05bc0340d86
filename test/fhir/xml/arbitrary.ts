import fc from 'fast-check'
import {
  isPrimitive,
  isResourceType,
  resourceTypes,
  shape,
} from '../../../src/fhir/definitions/structures.ts'
import { exactNumber } from '../../../src/fhir/exact-json.ts'

type Json = Record<string, unknown>

/** Any text that both JSON and XML can have, with much of what has to be escaped. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('&', '<', '>', '"', "'", '\n', '\r', '\t', ']]>', '&amp;', '<!--', '\u00a0', '😀', ' '),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join('').replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '-')) // eslint-disable-line no-control-regex

const div = fc
  .tuple(fc.constantFrom('', ' class="a"', " id='b'"), fc.constantFrom('a &amp; b', '<p>x<br/>&#160;</p>', '<!-- < --> &lt;', '<div><div/></div>'))
  .map(([more, inside]) => `<div xmlns="http://www.w3.org/1999/xhtml"${more}>${inside}</div>`) // prettier-ignore

const integer = fc.integer({ min: 0, max: 2_147_483_647 }).map((value) => exactNumber(String(value)))
const decimal = fc
  .tuple(fc.constantFrom('', '-'), fc.nat(), fc.constantFrom('', '.0', '.50', '.000', '.10e-3', 'E5'))
  .map((parts) => exactNumber(parts.join('')))

const primitive = (type: string): fc.Arbitrary<unknown> => {
  if (type === 'boolean') return fc.boolean()
  if (type === 'decimal') return decimal
  if (type === 'xhtml') return div
  return ['integer', 'unsignedInt', 'positiveInt'].includes(type) ? integer : text
}

const extension = fc.record({ url: text, valueDecimal: decimal }, { requiredKeys: ['url'] })
const twin = fc.oneof(
  fc.record({ id: text }),
  fc.record({ extension: fc.array(extension, { minLength: 1, maxLength: 2 }) }),
)

/** One primitive: a value, what stands beside it, or both. */
const beside = (type: string): fc.Arbitrary<{ value?: unknown; twin?: unknown }> =>
  type === 'xhtml'
    ? fc.record({ value: primitive(type) })
    : fc.oneof(
        fc.record({ value: primitive(type) }),
        fc.record({ value: primitive(type), twin }),
        fc.record({ twin }),
      )

const property = (name: string, type: string, many: boolean, depth: number): fc.Arbitrary<Json> => {
  if (!isPrimitive(type)) {
    const value = type === 'Resource' || isResourceType(type) ? whole(type) : object(type, depth - 1)
    return (many ? fc.array(value, { minLength: 1, maxLength: 2 }) : value).map((made) => ({ [name]: made }))
  }
  if (!many)
    return beside(type).map((one) => ({
      ...('value' in one ? { [name]: one.value } : {}),
      ...('twin' in one ? { [`_${name}`]: one.twin } : {}),
    }))
  return fc.array(beside(type), { minLength: 1, maxLength: 3 }).map((all) => ({
    ...(all.some((one) => 'value' in one) ? { [name]: all.map(({ value }) => value ?? null) } : {}),
    ...(all.some((one) => 'twin' in one) ? { [`_${name}`]: all.map((one) => one.twin ?? null) } : {}),
  }))
}

/** An object of a type: some of its properties, nested to a depth. */
const object = (type: string, depth: number): fc.Arbitrary<Json> => {
  const all = [...(shape(type)?.properties ?? [])].filter(
    ([name, property]) => depth > 0 || (isPrimitive(property.type) && name !== 'extension'),
  )
  return fc
    .subarray(all, { minLength: 1, maxLength: Math.min(5, all.length) })
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map(([name, { type: of, definition }]) =>
          // The id of an element and the url of an extension are attributes: nothing stands beside them.
          (name === 'id' && of === 'string') || (name === 'url' && type === 'Extension')
            ? text.map((value) => ({ [name]: value }))
            : property(name, of, definition.many === true, depth),
        ),
      ),
    )
    .map((parts): Json => Object.assign({}, ...parts) as Json)
}

const whole = (type: string): fc.Arbitrary<Json> =>
  fc.record({ resourceType: fc.constant(type === 'Resource' ? 'Basic' : type), id: text })

/** JSON of a resource as R4 shapes it, whatever its values mean. */
export const anyResource: fc.Arbitrary<string> = fc
  .constantFrom(...resourceTypes)
  .chain((resourceType) => object(resourceType, 3).map((made) => JSON.stringify({ resourceType, ...made })))
