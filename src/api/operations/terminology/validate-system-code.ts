import type { Ask, Found } from '../../../disclose.ts'
import { invalid } from '../../../problem.ts'
import type { Services } from '../../../services.ts'
import type { Connection } from '../../../store/database.ts'
import type { Asked } from '../operation.ts'
import { type Verdict, verdictOf } from './answer.ts'
import { readConcept } from '../../../search/terminology/concepts.ts'
import {
  askedCodings,
  type AskedCoding,
  flag,
  type ParameterNames,
  requireParameters,
  text,
} from './given.ts'
import { type AskedSystem, type Asking, readOwnSystem, readSystem } from './known.ts'
import { namedVerdict, together } from './validate-code.ts'

const names: ParameterNames = {
  simple: ['url', 'code', 'version', 'display', 'abstract', 'displayLanguage'],
  complex: ['codeSystem', 'coding', 'codeableConcept'],
  unsupported: ['date'],
}

/** https://hl7.org/fhir/R4/codesystem-operation-validate-code.html: whether a code is in a code system, and called as it is said to be. */
export const validateSystemCode = (services: Services, request: string, asked: Asked): Ask => ({
  interaction: 'validate-code',
  request,
  needs: [{ type: 'CodeSystem', access: 'r' }],
  find: async (connection, grant, permit): Promise<Found> => {
    requireParameters(asked, names)
    const isAbstractValid = flag(asked.given, 'abstract') ?? true
    const system = await readAskedSystem({ services, connection, grant, permit }, asked)
    const codings = askedCodings(asked, { system: system.url, version: 'version' })
    const verdicts: Verdict[] = []
    for (const coding of codings) verdicts.push(await judge(connection, system, coding, isAbstractValid))
    const verdict = together(verdicts)
    return { rows: system.rows, answer: () => verdictOf(verdict) }
  },
})

const readAskedSystem = async (asking: Asking, asked: Asked): Promise<AskedSystem> => {
  const [url, version] = [text(asked.given, 'url'), text(asked.given, 'version')]
  const own = await readOwnSystem(asking, asked)
  if (own !== undefined && url !== undefined)
    return invalid('the code system is named already: leave `url` out', 'url', 'value')
  if (own !== undefined)
    return version === undefined || own.codes?.version === version
      ? own
      : readSystem(asking, '', version, 'version')
  return url === undefined
    ? invalid('give `url` or `codeSystem`', 'url', 'required')
    : readSystem(asking, url, version, 'url')
}

const judge = async (
  connection: Connection,
  own: AskedSystem,
  { system, version, code, display }: AskedCoding,
  isAbstractValid: boolean,
): Promise<Verdict> => {
  if (code === undefined) return { result: false, message: 'the coding has no code' }
  if (system !== own.url) return { result: false, message: 'the coding is of another code system' }
  if (version !== undefined && version !== (own.from ?? own.codes)?.version)
    return { result: false, message: 'the coding is of another version of the code system' }
  const details = await readConcept(connection, own, code)
  if (details === undefined && own.codes?.complete === false)
    return invalid(
      'the code system is kept here in part only, and this part has no such code',
      'code',
      'not-supported',
    )
  if (details === undefined) return { result: false, message: 'the code is not in the code system' }
  if (details.abstract && !isAbstractValid)
    return { result: false, message: 'the code only groups others (`abstract`)', display: details.display }
  return namedVerdict(details, display, details.display)
}
