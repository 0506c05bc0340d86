import type { Ask, Found } from '../../../disclose.ts'
import { readMember } from '../../../search/terminology/membership.ts'
import type { Services } from '../../../services.ts'
import type { Connection } from '../../../store/database.ts'
import type { Concept } from '../../../terminology/selection.ts'
import { refuse } from '../../../problem.ts'
import type { Asked } from '../operation.ts'
import { type Verdict, verdictOf } from './answer.ts'
import { type Details, isNamed, readConcept } from '../../../search/terminology/concepts.ts'
import { askedCodings, type AskedCoding, flag, type ParameterNames, requireParameters } from './given.ts'
import { type AskedSet, readAskedSet, readKnown } from './known.ts'

const names: ParameterNames = {
  simple: [
    'url',
    'valueSetVersion',
    'code',
    'system',
    'systemVersion',
    'display',
    'abstract',
    'displayLanguage',
  ],
  complex: ['valueSet', 'coding', 'codeableConcept'],
  unsupported: ['context', 'date'],
}

/** https://hl7.org/fhir/R4/valueset-operation-validate-code.html: whether a code is in a value set, and called as it is said to be. */
export const validateCode = (services: Services, request: string, asked: Asked): Ask => ({
  interaction: 'validate-code',
  request,
  needs: [{ type: 'ValueSet', access: 'r' }],
  find: async (connection, grant, permit): Promise<Found> => {
    requireParameters(asked, names)
    const isAbstractValid = flag(asked.given, 'abstract') ?? true
    const codings = askedCodings(asked, { version: 'systemVersion' })
    const asking = { services, connection, grant, permit }
    const set = await readAskedSet(asking, asked)
    const systems = codings.flatMap(({ system }) => system ?? [])
    const known = await readKnown(asking, systems)
    const verdicts: Verdict[] = []
    for (const coding of codings)
      verdicts.push(await judge(connection, { ...set, loaded: known.loaded }, coding, isAbstractValid))
    const verdict = together(verdicts)
    const read = new Set(set.rows.map(({ type, id }) => `${type}/${id}`))
    return {
      rows: [...set.rows, ...known.rows.filter(({ type, id }) => !read.has(`${type}/${id}`))],
      answer: () => verdictOf(verdict),
    }
  },
})

/** A concept is valid where one of its codings is; what is wrong with the others is said. */
export const together = (verdicts: readonly Verdict[]): Verdict => {
  const [first, ...others] = verdicts
  if (first === undefined) return { result: false, message: 'the concept has no coding' }
  if (others.length === 0) return first
  const valid = verdicts.find(({ result }) => result)
  const wrong = [...new Set(verdicts.flatMap(({ result, message }) => (result ? [] : (message ?? []))))]
  return { ...(valid ?? first), message: wrong.length === 0 ? undefined : wrong.join('; ') }
}

const judge = async (
  connection: Connection,
  { loaded, selection }: Pick<AskedSet, 'loaded' | 'selection'>,
  { system, version, code, display }: AskedCoding,
  isAbstractValid: boolean,
): Promise<Verdict> => {
  if (system === undefined || code === undefined)
    return { result: false, message: 'a code counts only with its system, and one of them is missing' }
  const [from, codes] = [loaded.imported.get(system), loaded.systems.get(system)]
  requireVersion((from ?? codes)?.version, version, from !== undefined || codes !== undefined)
  const found = await readMember(connection, selection, system, code)
  if (found === undefined) return { result: false, message: 'the code is not in the value set' }
  const details = await readConcept(connection, { from, codes }, code)
  const name = found.display ?? details?.display
  if (!isAbstractValid && (found.abstract === true || details?.abstract === true))
    return { result: false, message: 'the code only groups others (`abstract`)', display: name }
  return namedVerdict(
    { display: found.display ?? details?.display, terms: termsOf(found, details) },
    display,
    name,
  )
}

/** A code of another version of its system may mean another thing. */
const requireVersion = (known: string | undefined, stated: string | undefined, isKnown: boolean): void => {
  if (stated !== undefined && isKnown && known !== stated)
    refuse({
      kind: 'unknown',
      text: 'the code system is not known here in this version',
      expression: 'systemVersion',
    })
}

const termsOf = (found: Concept, details: Details | undefined): Details['terms'] => [
  ...(details?.terms ?? []),
  ...[found.display, details?.display].flatMap((value) => (value === undefined ? [] : [{ value }])),
]

/** Whether what was said of a code is so: a display that is not known cannot be judged. */
export const namedVerdict = (
  own: Pick<Details, 'display' | 'terms'>,
  given: string | undefined,
  display: string | undefined,
): Verdict => {
  if (given === undefined || isNamed(own, given)) return { result: true, display }
  return display === undefined
    ? { result: true, message: 'what the code is called is not known here, so the display was not judged' }
    : { result: false, message: 'the display is not one that the code has', display }
}
