import { isResourceType } from '../fhir/definitions/structures.ts'
import { invalid } from '../problem.ts'
import { type Reading, served } from './read-criterion.ts'

/** One `_include` or `_revinclude` (FHIR R4 search 3.1.1.5.2 and 3.1.1.5.3). */
export interface Include {
  readonly reverse: boolean
  readonly iterate: boolean
  /** The type whose references are followed; `*` for any. */
  readonly type: string
  /** The reference parameter; `*` for all. */
  readonly name: string
  /** The type that they must point to. */
  readonly target: string | undefined
}

/** Reads one include: its type and parameter must be served; a wildcard stands for all of either. */
export const readInclude = (
  key: string,
  value: string,
  types: readonly string[],
  reading: Reading,
): Include => {
  const [name = '', ...modifiers] = key.split(':')
  if (modifiers.some((modifier) => modifier !== 'iterate' && modifier !== 'recurse'))
    invalid(`the modifier of \`${name}\` is \`:iterate\``, key, 'not-supported')
  const [reverse, iterate] = [name === '_revinclude', modifiers.length > 0]
  const [type = '', parameter = type === '*' ? '*' : '', target] = value.split(':')
  if (type !== '*') requireReference(reading, name, type, parameter)
  if (target !== undefined && !isResourceType(target))
    invalid('what the include points to is not the name of an R4 resource type', name, 'value')
  if (!reverse && !iterate && type !== '*' && !types.includes(type))
    invalid(
      `\`${name}\` follows references of ${types.join(', ')}; others need \`:iterate\``,
      name,
      'not-supported',
    )
  return { reverse, iterate, type, name: type === '*' ? '*' : parameter, target }
}

const requireReference = (reading: Reading, key: string, type: string, name: string): void => {
  if (!isResourceType(type) || (name !== '*' && served(reading, type, name)?.kind !== 'reference'))
    invalid(`\`${key}\` is \`<type>:<reference parameter>\`; this is none`, key, 'not-supported')
}
