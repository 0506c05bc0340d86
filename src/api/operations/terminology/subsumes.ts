import type { Coding } from 'fhir/r4'
import type { Ask, Found } from '../../../disclose.ts'
import { invalid, refuse } from '../../../problem.ts'
import type { Services } from '../../../services.ts'
import type { Connection } from '../../../store/database.ts'
import type { Asked } from '../operation.ts'
import { parametersOf } from './answer.ts'
import { readConcept, readOrder } from '../../../search/terminology/concepts.ts'
import { coding, type ParameterNames, requireParameters, text } from './given.ts'
import { type AskedSystem, type Asking, readOwnSystem, readSystem } from './known.ts'

const names: ParameterNames = {
  simple: ['codeA', 'codeB', 'system', 'version'],
  complex: ['codingA', 'codingB'],
  unsupported: [],
}

/** https://hl7.org/fhir/R4/codesystem-operation-subsumes.html: whether one code is a kind of the other. */
export const subsumes = (services: Services, request: string, asked: Asked): Ask => ({
  interaction: 'subsumes',
  request,
  needs: [{ type: 'CodeSystem', access: 'r' }],
  find: async (connection, grant, permit): Promise<Found> => {
    requireParameters(asked, names)
    const [one, other] = [readSide(asked, 'A'), readSide(asked, 'B')]
    const system = await readAskedSystem({ services, connection, grant, permit }, asked, [one, other])
    const [codeA, codeB] = [
      await demandCode(connection, system, one, 'A'),
      await demandCode(connection, system, other, 'B'),
    ]
    if ((system.from ?? system.codes)?.isSubsuming !== true && codeA !== codeB)
      invalid('it is not known here what codes of this system are kinds of', 'system', 'not-supported')
    const outcome = outcomeOf(
      codeA === codeB ? { above: true, below: true } : await readOrder(connection, system, codeA, codeB),
    )
    return { rows: system.rows, answer: () => parametersOf([{ name: 'outcome', valueCode: outcome }]) }
  },
})

const readSide = (asked: Asked, side: 'A' | 'B'): Coding => {
  const [code, own] = [text(asked.given, `code${side}`), coding(asked, `coding${side}`)]
  if ((code === undefined) === (own === undefined))
    invalid(`give either \`code${side}\` or \`coding${side}\``, `code${side}`, 'required')
  return own ?? (code === undefined ? {} : { code })
}

const readAskedSystem = async (
  asking: Asking,
  asked: Asked,
  sides: readonly Coding[],
): Promise<AskedSystem> => {
  const own = await readOwnSystem(asking, asked)
  const stated = text(asked.given, 'system')
  if (own !== undefined && stated !== undefined && stated !== own.url)
    invalid('the address names another code system: leave `system` out', 'system', 'value')
  const named = new Set(
    [own?.url ?? stated, ...sides.map(({ system }) => system)].filter((one) => one !== undefined),
  )
  if (named.size > 1)
    invalid(
      'the codes are of different code systems, and nothing is known between them',
      'system',
      'not-supported',
    )
  const versions = new Set(
    [text(asked.given, 'version'), ...sides.map(({ version }) => version)].filter((one) => one !== undefined),
  )
  if (versions.size > 1)
    invalid('the codes are of different versions of the code system', 'version', 'not-supported')
  const [system] = named
  const [version] = versions
  if (own !== undefined && (version === undefined || own.codes?.version === version)) return own
  return system === undefined
    ? invalid('name the code system with `system`', 'system', 'required')
    : readSystem(asking, system, version, 'system')
}

/** Of a code that the system does not have nothing is known. */
const demandCode = async (
  connection: Connection,
  system: AskedSystem,
  { code }: Coding,
  side: 'A' | 'B',
): Promise<string> => {
  if (code === undefined) return invalid(`\`coding${side}\` has no code`, `coding${side}.code`, 'required')
  if ((await readConcept(connection, system, code)) === undefined)
    refuse({
      kind: 'unknown',
      text: `\`code${side}\` is not a code that is known of this code system`,
      expression: `code${side}`,
    })
  return code
}

const outcomeOf = ({ above, below }: { readonly above: boolean; readonly below: boolean }): string => {
  if (above) return below ? 'equivalent' : 'subsumes'
  return below ? 'subsumed-by' : 'not-subsumed'
}
