import type { Failure, FailureKind, SourcePath } from '../template/failure.ts'
import type { ErrorCode, Hl7Problem, Location } from './problem.ts'
import { formatLocation } from './problem.ts'

const ERROR_CODES: { readonly [kind in FailureKind]: ErrorCode } = {
  missing: '101',
  several: '102',
  unmapped: '103',
  type: '207',
  expression: '207',
}

/** A map's failure as the sender is told it: the place in the message first, then the place in the map. */
export function problemOf(failure: Failure): Hl7Problem {
  const location = locationOf(failure.source, failure.item)
  const place = location ? `${formatLocation(location)}${lineOf(location)}: ` : ''
  const text = `${place}${failure.text} (${failure.file}: ${failure.target})`
  return {
    code: 'AE',
    errorCode: ERROR_CODES[failure.kind],
    ...(location && { location }),
    text,
    ...(failure.policy === 'hold' && { hold: true }),
  }
}

function locationOf(path: SourcePath | undefined, item: Failure['item']): Location | undefined {
  const [segment, field, component] = path ?? []
  if (typeof segment !== 'string') return undefined
  return {
    segment,
    ...(typeof field === 'number' && { field }),
    ...(typeof component === 'number' && { component }),
    ...(item?.occurrence !== undefined && { occurrence: item.occurrence }),
    ...(item?.line !== undefined && { line: item.line }),
  }
}

function lineOf({ line }: Location): string {
  return line === undefined ? '' : ` (line ${line})`
}
