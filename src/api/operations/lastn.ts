import type { Ask } from '../../disclose.ts'
import { invalid } from '../../problem.ts'
import type { Services } from '../../services.ts'
import { search } from '../search.ts'
import type { Asked } from './operation.ts'

/**
 * https://hl7.org/fhir/R4/observation-operation-lastn.html: of each code the last `max` observations among those that a
 * search with the other parameters finds, the most recent first.
 */
export const lastn = (services: Services, request: string, { given }: Asked): Ask => {
  const rest = new URLSearchParams([...given].filter(([name]) => name !== 'max'))
  requireOne(rest, ['patient', 'subject'])
  requireOne(rest, ['category', 'code', 'combo-code'])
  return {
    ...search(services, request, {
      address: 'Observation/$lastn',
      type: 'Observation',
      given: rest,
      lenient: false,
      latest: readMax(given),
    }),
    interaction: 'lastn',
  }
}

/** A negation names nothing. */
const negating = new Set(['missing', 'not', 'not-in'])

const requireOne = (given: URLSearchParams, names: readonly string[]): void => {
  const named = [...given].some(([key, value]) => {
    const [name = '', modifier = ''] = key.split(/[:.]/)
    return names.includes(name) && !negating.has(modifier) && value !== ''
  })
  if (!named)
    invalid(
      `the operation needs ${names.map((name) => `\`${name}\``).join(' or ')}`,
      `Observation?${names[0]}`,
      'required',
    )
}

const readMax = (given: URLSearchParams): number => {
  const [stated = '1', ...others] = given.getAll('max')
  return others.length === 0 && /^[1-9]\d{0,5}$/.test(stated)
    ? Number(stated)
    : invalid('`max` is one whole number from 1', 'max', 'value')
}
