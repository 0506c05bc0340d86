import * as z from 'zod'
import type { Part } from './content.ts'
import { hasUnsafeName, isDeeper, mostDepth } from './json.ts'
import { misread, tooLarge } from './patch-fault.ts'
import { readSelector, type Selector } from './selector.ts'

/** Operations of one FHIRPath Patch at the most: each evaluates a path, which costs far more than a pointer. */
const mostOperations = 200

const partShape = z.looseObject({
  name: z.string(),
  get part() {
    return z.array(partShape).optional()
  },
})

const parametersShape = z.looseObject({
  resourceType: z.literal('Parameters'),
  parameter: z.array(z.looseObject({ name: z.literal('operation'), part: z.array(partShape) })).optional(),
})

const [path, position, value] = [z.string(), z.int().min(0), z.custom<Part>((given) => given !== undefined)]

const operationShape = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('add'), path, name: z.string(), value }),
  z.strictObject({ type: z.literal('insert'), path, index: position, value }),
  z.strictObject({ type: z.literal('delete'), path }),
  z.strictObject({ type: z.literal('replace'), path, value }),
  z.strictObject({ type: z.literal('move'), path, source: position, destination: position }),
])

type Raw = z.infer<typeof operationShape>

/** A list of an object that has none yet cannot be found by its path: its owner is, and its name is known. */
export interface Absent {
  readonly owner: Selector
  readonly element: string
}

/** One operation of a FHIRPath Patch, with its place in the Parameters resource. */
export type FhirPathOperation = (Raw extends infer One
  ? One extends Raw
    ? Omit<One, 'path'>
    : never
  : never) & {
  readonly at: string
  readonly path: Selector
  readonly absent?: Absent
}

/** Reads a FHIRPath Patch. https://hl7.org/fhir/R4/fhirpatch.html */
export const readFhirPathPatch = (parameters: unknown): readonly FhirPathOperation[] => {
  if (isDeeper(parameters, mostDepth)) return misread(`the patch is nested deeper than ${mostDepth} levels`)
  if (hasUnsafeName(parameters)) return misread('the patch has a name that no element of FHIR has')
  const read = parametersShape.safeParse(parameters)
  if (!read.success)
    return misread(
      'a FHIRPath Patch is a Parameters resource in which each parameter is named `operation` and has parts',
      expressionOf(read.error.issues[0]?.path ?? []),
    )
  const operations = read.data.parameter ?? []
  if (operations.length > mostOperations)
    return tooLarge(`a FHIRPath Patch takes at most ${mostOperations} operations`)
  return operations.map(({ part }, place) => readOperation(part, `Parameters.parameter[${place}]`))
}

const expressionOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${String(step)}`),
    'Parameters',
  )

const readOperation = (parts: readonly Part[], at: string): FhirPathOperation => {
  const names = parts.map(({ name }) => name)
  if (new Set(names).size < names.length) return misread('the operation has two parts of the same name', at)
  const given = Object.fromEntries(
    parts.map((part) => [part.name, part.name === 'value' ? part : scalarOf(part)]),
  )
  const read = operationShape.safeParse(given)
  if (!read.success) return misread(faultOf(read.error.issues[0]), at)
  const { path: text, ...operation } = read.data
  const absent = operation.type === 'insert' ? absentOf(text, at) : undefined
  return { ...operation, at, path: readSelector(text, at), ...(absent === undefined ? {} : { absent }) }
}

const scalarOf = (part: Part): unknown => Object.entries(part).find(([name]) => /^value[A-Z]/.test(name))?.[1]

const faultOf = (fault: z.core.$ZodIssue | undefined): string => {
  if (fault?.code === 'unrecognized_keys')
    return 'the operation has a part that operations of its type do not take'
  const name = String(fault?.path[0] ?? 'type')
  return name === 'type'
    ? 'the part `type` must be add, insert, delete, replace or move'
    : `the part \`${name}\` is missing or not of its type; see https://hl7.org/fhir/R4/fhirpatch.html`
}

const absentOf = (text: string, at: string): Absent | undefined => {
  const { owner, element } = /^(?<owner>.+)\.(?<element>[A-Za-z]+)$/s.exec(text.trim())?.groups ?? {}
  return owner === undefined || element === undefined
    ? undefined
    : { owner: readSelector(owner, at), element }
}
