import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import type { Grant } from '../../authorize/grant.ts'
import type { Permit } from '../../consent/permit.ts'
import { isResourceType } from '../../fhir/definitions/structures.ts'
import { type Issue, Refusal } from '../../problem.ts'
import { createEngine, type Engine, type Environment } from '../../questionnaire/expression/engine.ts'
import { isName } from '../../questionnaire/form/sheet.ts'
import { extensions, language, url } from '../../questionnaire/sdc.ts'
import { findByKeys, type FoundRow } from '../../search/find.ts'
import type { Services } from '../../services.ts'
import type { Connection } from '../../store/database.ts'
import { search } from '../search.ts'

/** Searches of one Questionnaire, and resources that each may bring. */
const mostSearches = 20
const mostFound = 50

/** What a search found for a variable: a resource by its id, or a page of results. */
export interface Searched {
  readonly name: string
  readonly rows: readonly FoundRow[]
  readonly single: boolean
}

/** Who searches, and what searches may name. */
export interface SearchingFor {
  readonly services: Services
  readonly request: string
  readonly connection: Connection
  readonly grant: Grant
  readonly permit: Permit
  readonly launch: Environment
}

/**
 * Runs the variables of a Questionnaire that are searches (SDC 4.0, `application/x-fhir-query`), through the caller's own
 * grant and permit: what they find is found by the caller. What cannot be run is told, and has no value.
 */
export const runSearches = async (
  questionnaire: Questionnaire,
  asking: SearchingFor,
): Promise<{ readonly searched: readonly Searched[]; readonly issues: readonly Issue[] }> => {
  const engine = createEngine()
  const [searched, issues]: [Searched[], Issue[]] = [[], []]
  for (const [place, { name, text }] of searchesOf(questionnaire).entries()) {
    const found = place < mostSearches ? await runSearch(engine, name, text, asking) : 'is one too many'
    if (typeof found === 'string') issues.push(issue(name, found))
    else searched.push(found)
  }
  return { searched, issues }
}

/** The variables of a Questionnaire that are searches, where its items have theirs too. */
export const searchesOf = (questionnaire: Questionnaire): { name: string; text: string }[] => {
  const all = (items: readonly QuestionnaireItem[]): QuestionnaireItem[] =>
    items.flatMap((item) => [item, ...all(item.item ?? [])])
  return [questionnaire, ...all(questionnaire.item ?? [])].flatMap((owner) =>
    extensions(owner, url.variable).flatMap(({ valueExpression }) => {
      const { name, expression, language: of } = valueExpression ?? {}
      return of === language.query && isName(name) && expression !== undefined
        ? [{ name, text: expression }]
        : []
    }),
  )
}

const issue = (name: string, text: string): Issue => ({
  severity: 'warning',
  code: 'not-supported',
  text: `the search of variable \`${name}\` ${text}; it was not run`,
  expression: 'Questionnaire',
})

const runSearch = async (
  engine: Engine,
  name: string,
  text: string,
  asking: SearchingFor,
): Promise<Searched | string> => {
  const { services, request, connection, grant, permit } = asking
  const address = filled(engine, text, asking.launch)
  if (address === undefined) return 'names something else than launch contexts that are there'
  const [, type = '', id, query = ''] =
    /^([A-Z][A-Za-z]+)(?:\/([A-Za-z0-9.-]{1,64}))?(?:\?(.*))?$/s.exec(address) ?? []
  if (!isResourceType(type) || type === 'AuditEvent')
    return 'is none: it must be `Type?parameters` or `Type/id`'
  if (!grant.allows(type, id === undefined ? 's' : 'r'))
    return 'asks for a type that the token may not search or read'
  if (id !== undefined)
    return { name, rows: await findByKeys(connection, permit, [`${type}/${id}`]), single: true }
  const given = new URLSearchParams(query)
  given.set('_count', String(Math.min(mostFound, Number(given.get('_count') ?? mostFound) || mostFound)))
  try {
    const { rows } = await search(services, request, { address: type, type, given, lenient: false }).find(
      connection,
      grant,
      permit,
    )
    return { name, rows: rows.slice(0, mostFound), single: false }
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault
    return 'has parameters that are not served, or that the token does not allow'
  }
}

/** The address with `{{…}}` put in: launch contexts alone may be named there. Undefined where one comes to nothing. */
const filled = (engine: Engine, text: string, launch: Environment): string | undefined => {
  let isWhole = true
  const nothing = { base: 'QuestionnaireResponse', element: { resourceType: 'QuestionnaireResponse' } }
  const address = text.replaceAll(/\{\{(.*?)\}\}/gs, (_whole, expression: string) => {
    const found = engine.evaluate(expression, nothing, launch)
    const values = found.ok ? found.values.filter((value) => typeof value !== 'object') : []
    if (values.length === 0) isWhole = false
    return values
      .map((value) => encodeURIComponent(String(value).replaceAll(/[\\,|$]/g, String.raw`\$&`)))
      .join(',')
  })
  return isWhole ? address : undefined
}
