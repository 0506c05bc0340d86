import type { Gateway } from './gateway.ts'
import type { Question } from './questions.ts'

/** A question that was not answered as it should be. */
export interface Miss {
  readonly question: Question
  readonly answer: string
}

/** Conditions that are sent together. */
const together = 20

/**
 * Asks whether one resource is found by each question. All conditions are sent together first, which takes one request
 * where all of them hold; only where they do not, one by one.
 */
export const askAll = async (
  gateway: Gateway,
  type: string,
  id: string,
  questions: readonly Question[],
): Promise<Miss[]> => {
  const missed: Miss[] = []
  for (let start = 0; start < questions.length; start += together) {
    const some = questions.slice(start, start + together)
    if ((await total(gateway, type, [id], some)) === '1') continue
    for (const question of some) {
      const answer = await total(gateway, type, [id], [question])
      if (answer !== '1') missed.push({ question, answer })
    }
  }
  return missed
}

/** Of each resource a question that must not find it. */
export interface Negative {
  readonly type: string
  readonly id: string
  readonly question: Question
}

/** Resources that are asked together not to be found. */
const company = 40

/**
 * Asks that none is found by its wrong question. Many are asked at once, each value allowed for each of them; where
 * anything is found, in halves, down to one resource and its own value.
 */
export const askNone = async (gateway: Gateway, all: readonly Negative[]): Promise<Negative[]> => {
  const found: Negative[] = []
  const ask = async (some: readonly Negative[]): Promise<void> => {
    const [first] = some
    if (first === undefined) return
    const values = [...new Set(some.map(({ question }) => question.value))].join(',')
    const question = { ...first.question, value: values }
    const ids = [...new Set(some.map(({ id }) => id))]
    if ((await total(gateway, first.type, ids, [question])) === '0') return
    if (some.length === 1) found.push(first)
    else {
      await ask(some.slice(0, some.length / 2))
      await ask(some.slice(some.length / 2))
    }
  }
  for (const group of groups(all)) await ask(group)
  return found
}

/** What another one may well have, as a date or `true`, is asked with those alone that it is wrong for alike. */
const sharesValues = ({ kind, value }: Question): boolean =>
  (kind === 'token' && value !== 'true' && value !== 'false') || ['string', 'uri', 'reference'].includes(kind)

export const groups = (all: readonly Negative[]): Negative[][] => {
  const alike = Map.groupBy(all, ({ type, question }) =>
    [type, question.key, ...(sharesValues(question) ? [] : [question.value])].join(' '),
  )
  return [...alike.values()].flatMap((own) =>
    Array.from({ length: Math.ceil(own.length / company) }, (_, at) =>
      own.slice(at * company, (at + 1) * company),
    ),
  )
}

/** How many are found, or what was refused. */
const total = async (
  gateway: Gateway,
  type: string,
  ids: readonly string[],
  questions: readonly Question[],
): Promise<string> => {
  const asked = questions.map(({ key, value }): [string, string] => [key, value])
  const query = new URLSearchParams([['_id', ids.join(',')], ...asked, ['_summary', 'count']])
  const { status, text } = await gateway.get(ids[0] ?? '', `${type}?${query.toString()}`)
  const answer = JSON.parse(text) as { total?: number; issue?: { details?: { text?: string } }[] }
  return status === 200
    ? String(answer.total)
    : `${status} ${answer.issue?.map(({ details }) => details?.text).join('; ')}`
}
