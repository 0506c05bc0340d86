import type { Resource } from 'fhir/r4'
import { valuesAt } from '../fhir/path.ts'
import type { Served } from './parameters.ts'

/** One pair of a composite within one element: a code and a value, or a code with the ends of a stretch. */
export interface Pair {
  readonly code: { readonly type: string; readonly value: unknown }
  readonly type: string
  readonly value: unknown
  /** The third part, where there is one: a code with a start and an end. */
  readonly end?: unknown
}

/** The pairs of a composite parameter in a resource, element by element (FHIR R4 search 3.1.1.4.14). */
export const pairsOf = ({ paths, parts }: Served, resource: Resource): Pair[] =>
  paths.flatMap((branch) =>
    valuesAt(resource, branch).flatMap((element) => {
      const [codes = [], values = [], ends] = parts.map(({ paths: own }) =>
        own.flatMap((path) =>
          valuesAt(path.root === true ? resource : element, path).map((value) => ({
            type: path.type,
            value,
          })),
        ),
      )
      if (ends !== undefined && ends.length === 0) return []
      return codes.flatMap((code) =>
        values.map(({ type, value }) => ({
          code,
          type,
          value,
          ...(ends === undefined ? {} : { end: ends[0]?.value }),
        })),
      )
    }),
  )
