import { has, isIn, objects } from './invariant.ts'
import type { Invariant } from './invariant.ts'
import { list, text } from '../json.ts'
import type { Json } from '../json.ts'

const element = 'ElementDefinition'

const isDistinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length
const having = (value: Json, prefix: string): boolean =>
  Object.keys(value).some((name) => name.startsWith(prefix) && /^[A-Z]/.test(name.slice(prefix.length)))
const number = (value: unknown): number => Number(text(value) ?? Number.NaN)

/** What a `contentReference` takes over from where it points. */
const own = ['type', 'binding', 'example', 'maxLength']
const ownChoices = ['defaultValue', 'fixed', 'pattern', 'minValue', 'maxValue']

/** The constraints on elements of definitions, of which a profile has hundreds. https://hl7.org/fhir/R4/elementdefinition.html */
export const definitions: readonly Invariant[] = [
  {
    on: element,
    key: 'eld-2',
    text: '`min` must not be more than `max`',
    holds: (v) => !has(v, 'min') || !has(v, 'max') || v.max === '*' || Number(v.min) <= number(v.max),
  },
  {
    on: element,
    key: 'eld-3',
    text: '`max` must be a number or `*`',
    holds: (v) => !has(v, 'max') || v.max === '*' || number(v.max) >= 0,
  },
  {
    on: element,
    key: 'eld-5',
    text: 'an element that refers to the content of another must define none of its own',
    holds: (v) =>
      !has(v, 'contentReference') || (!has(v, ...own) && !ownChoices.some((name) => having(v, name))),
  },
  {
    on: element,
    key: 'eld-6',
    text: 'a fixed value needs one type at the most',
    holds: (v) => !having(v, 'fixed') || list(v.type).length <= 1,
  },
  {
    on: element,
    key: 'eld-7',
    text: 'a pattern needs one type at the most',
    holds: (v) => !having(v, 'pattern') || list(v.type).length <= 1,
  },
  {
    on: element,
    key: 'eld-8',
    text: 'an element must not have both a fixed value and a pattern',
    holds: (v) => !having(v, 'fixed') || !having(v, 'pattern'),
  },
  {
    on: element,
    key: 'eld-11',
    text: 'only codes, Codings, CodeableConcepts, Quantities, strings and uris are bound to value sets',
    holds: (v) =>
      !has(v, 'binding') ||
      objects(v.type).length === 0 ||
      objects(v.type).some(({ code }) =>
        isIn(code, 'code', 'Coding', 'CodeableConcept', 'Quantity', 'string', 'uri'),
      ),
  },
  {
    on: element,
    key: 'eld-13',
    text: 'each type must be there once',
    holds: (v) => isDistinct(objects(v.type).map(({ code }) => code)),
  },
  {
    on: element,
    key: 'eld-14',
    text: 'each constraint must have a key of its own',
    holds: (v) => isDistinct(objects(v.constraint).map(({ key }) => key)),
  },
  {
    on: element,
    key: 'eld-15',
    text: 'an element must not have both a default value and a meaning when it is missing',
    holds: (v) => !having(v, 'defaultValue') || !has(v, 'meaningWhenMissing'),
  },
  {
    on: element,
    key: 'eld-16',
    text: '`sliceName` must be of letters, digits, `-`, `_`, `/`, `[`, `]` and `@`',
    holds: (v) => !has(v, 'sliceName') || /^[a-zA-Z0-9/\-_[\]@]+$/.test(text(v.sliceName) ?? 'absent'),
  },
  {
    on: element,
    key: 'eld-18',
    text: 'a modifier must say why it is one in `isModifierReason`',
    holds: (v) => v.isModifier !== true || has(v, 'isModifierReason'),
  },
  {
    on: element,
    key: 'eld-19',
    text: 'the names in `path` must have 1 to 64 characters, without spaces and punctuation',
    holds: (v) => isPath(text(v.path) ?? ''),
  },
  {
    on: element,
    key: 'eld-20',
    severity: 'warning',
    text: 'the names in `path` should be of letters and digits, and begin with a lower-case letter',
    holds: (v) => /^[A-Za-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*(?:\[x\])?)*$/.test(text(v.path) ?? ''),
  },
  {
    on: element,
    key: 'eld-22',
    text: '`sliceIsConstraining` needs a `sliceName`',
    holds: (v) => !has(v, 'sliceIsConstraining') || has(v, 'sliceName'),
  },
  {
    on: 'ElementDefinition.slicing',
    key: 'eld-1',
    text: 'a slicing needs a discriminator or a description',
    holds: (v) => has(v, 'discriminator', 'description'),
  },
  {
    on: 'ElementDefinition.type',
    key: 'eld-4',
    text: 'only references and canonicals have an aggregation',
    holds: (v) => !has(v, 'aggregation') || isIn(v.code, 'Reference', 'canonical'),
  },
  {
    on: 'ElementDefinition.type',
    key: 'eld-17',
    text: 'only references and canonicals have a target profile',
    holds: (v) => !has(v, 'targetProfile') || isIn(v.code, 'Reference', 'canonical'),
  },
  {
    on: 'ElementDefinition.constraint',
    key: 'eld-21',
    severity: 'warning',
    text: 'a constraint should have a FHIRPath expression; without one nothing checks it',
    holds: (v) => has(v, 'expression'),
  },
  {
    on: 'ElementDefinition.binding',
    key: 'eld-12',
    text: '`valueSet` must be an http, https or urn URL',
    holds: (v) => !has(v, 'valueSet') || /^(?:http:|https|urn:)/.test(text(v.valueSet) ?? 'http:'),
  },
  {
    on: 'ImplementationGuide.definition',
    key: 'ig-1',
    text: '`groupingId` must be the id of a grouping of the guide',
    holds: (v) => {
      const ids = new Set(objects(v.grouping).map(({ id }) => id))
      return objects(v.resource).every(({ groupingId }) => groupingId === undefined || ids.has(groupingId))
    },
  },
]

function isPath(path: string): boolean {
  const [root = '', ...names] = path.split('.')
  const isNamed = (name: string) => /^[^\s.,:;'"/|?!@#$%&*()[\]{}]{1,64}$/.test(name)
  return (
    isNamed(root) && names.every((name) => isNamed(name.replace(/\[x\](?=:|$)/, '').replace(/:[^\s]+$/, '')))
  )
}
