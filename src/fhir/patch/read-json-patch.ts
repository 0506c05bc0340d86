import * as z from 'zod'
import { hasUnsafeName, isDeeper, isUnsafeName, mostDepth } from './json.ts'
import { misread, tooLarge } from './patch-fault.ts'
import { isPointer, tokensOf } from './pointer.ts'

/** Operations of one JSON Patch at the most. */
const mostOperations = 1000

const pointer = z
  .string('must be a JSON Pointer: text')
  .refine(isPointer, 'must be a JSON Pointer: empty, or `/` before each name; `~` is `~0` and `/` is `~1`')
  .refine((text) => !tokensOf(text).some(isUnsafeName), 'names no element of a resource')
  .refine((text) => tokensOf(text).length <= mostDepth, `goes deeper than ${mostDepth} levels`)

const value = z
  .custom<unknown>((given) => given !== undefined, 'is missing')
  .refine((given) => !isDeeper(given, mostDepth), `is nested deeper than ${mostDepth} levels`)
  .refine(
    (given) => isDeeper(given, mostDepth) || !hasUnsafeName(given),
    'has a name that no element of FHIR has',
  )

const operation = z.discriminatedUnion(
  'op',
  [
    z.object({ op: z.literal('add'), path: pointer, value }),
    z.object({ op: z.literal('replace'), path: pointer, value }),
    z.object({ op: z.literal('test'), path: pointer, value }),
    z.object({ op: z.literal('remove'), path: pointer }),
    z.object({ op: z.literal('move'), path: pointer, from: pointer }),
    z.object({ op: z.literal('copy'), path: pointer, from: pointer }),
  ],
  'must be an object with `op`: add, remove, replace, move, copy or test',
)

/** One operation of a JSON Patch (RFC 6902 4). */
export type JsonPatchOperation = z.infer<typeof operation>

/** Reads a JSON Patch; what is wrong with it is told with the number of the operation, counted from 0. */
export const readJsonPatch = (given: unknown): readonly JsonPatchOperation[] => {
  if (!Array.isArray(given)) return misread('a JSON Patch is a list of operations (RFC 6902 3)')
  if (given.length > mostOperations)
    return tooLarge(`a JSON Patch takes at most ${mostOperations} operations`)
  return given.map((one: unknown, place) => {
    const read = operation.safeParse(one)
    if (read.success) return read.data
    const [fault] = read.error.issues
    const [member] = fault?.path ?? []
    if (member === undefined || member === 'op') return misread(wrongOperation, `[${place}]`)
    return misread(`\`${String(member)}\` ${fault?.message ?? 'is missing'}`, `[${place}].${String(member)}`)
  })
}

const wrongOperation = 'an operation is an object with `op`: add, remove, replace, move, copy or test'
