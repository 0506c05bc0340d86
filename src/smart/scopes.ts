import type { Access } from '../authorize/grant.ts'
import type { Asked } from '../consent/asked.ts'
import { isResourceType, resourceTypes } from '../fhir/definitions/structures.ts'
import { refuseToken } from './refusal.ts'
import { readConditions } from './scope-conditions.ts'

/** Whose access a scope speaks of (SMART App Launch 2.2, scopes for requesting FHIR resources). */
export type Level = 'patient' | 'user' | 'system'

/** One scope for FHIR resources; `type` may be `*`. */
export interface Scope {
  readonly level: Level
  readonly type: string
  readonly access: readonly Access[]
  /** Whether it was written in SMART 1 (`.read`), and so is answered. */
  readonly first: boolean
  /** The search that narrows it, as it was written; empty where it is not narrowed (SMART App Launch 2.2, finer-grained constraints). */
  readonly query: string
  /** What that search asks for: of each the row has one of the index entries. */
  readonly conditions: readonly (readonly string[])[]
  /** The one record that it reaches, where it is not what was written but what goes with `fhirUser`. */
  readonly id?: string
}

const letters: readonly Access[] = ['c', 'r', 'u', 'd', 's']

const words: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

const levels: Readonly<Record<string, Level>> = { patient: 'patient', user: 'user', system: 'system' }

const grammar =
  /^(?<context>patient|user|system)\/(?<type>\*|[A-Za-z]+)\.(?<access>read|write|\*|c?r?u?d?s?)(?:\?(?<query>[\x21-\x3e\x40-\x7e]+))?$/

/** Scopes that are about the launch and who signed in, not about resources (SMART App Launch 2.2, scopes and launch context). */
export const contextualScopes = [
  'openid',
  'profile',
  'fhirUser',
  'launch',
  'launch/patient',
  'launch/encounter',
  'offline_access',
  'online_access',
] as const

const contextual: ReadonlySet<string> = new Set(contextualScopes)

/** Whom a token speaks for, as far as its scopes hang on it. */
export interface Standing {
  readonly asked: Pick<Asked, 'patient' | 'user'>
  /** The patient in context, where an app was launched with one. */
  readonly patient?: string | undefined
  /** Id of the user who authorized the app: one who is a patient has a user's scopes too. */
  readonly member?: string | undefined
}

/**
 * The levels of a token's scopes: a patient's, where one is in context; a user's, where one signed in; else the client's own.
 * Scopes of another count nothing.
 */
export const levelsOf = ({ asked, patient, member }: Standing): readonly Level[] => {
  const levels: Level[] = []
  if (asked.patient !== undefined || patient !== undefined) levels.push('patient')
  if (asked.user !== undefined || member !== undefined) levels.push('user')
  return levels.length === 0 ? ['system'] : levels
}

/** Reads one scope, in the syntax of SMART 2 or 1; undefined where it is not a scope for a known resource type. */
export const readScope = (text: string): Scope | undefined => {
  const { context = '', type, access, query = '' } = grammar.exec(text)?.groups ?? {}
  const level = levels[context]
  if (level === undefined || type === undefined || access === undefined || access === '') return undefined
  if (type !== '*' && !isResourceType(type)) return undefined
  const word = Object.hasOwn(words, access) ? words[access] : undefined
  const conditions = query === '' ? [] : readConditions(type, query)
  if (conditions === undefined || (word !== undefined && query !== '')) return undefined
  const held = word ?? access
  return {
    level,
    type,
    access: letters.filter((letter) => held.includes(letter)),
    first: word !== undefined,
    query,
    conditions,
  }
}

/** Reads a space-separated list of scopes (RFC 6749 section 3.3); refuses it with `invalid_scope`, naming the fault. */
export const parseScopes = (text: string): Scope[] =>
  text
    .split(' ')
    .filter((one) => one !== '' && !contextual.has(one))
    .map((one) => readScope(one) ?? refuseToken('invalid_scope', faultOf(one)))

const faultOf = (text: string): string => {
  if (/^[^?]+\.c?r?u?d?s?\?/.test(text) && readScope(text.slice(0, text.indexOf('?'))) !== undefined)
    return `\`${text}\`: a scope is narrowed by token or uri parameters of the type alone, without modifiers, as in \`?category=<system>|<code>\``
  const type = /^(?:patient|user|system)\/([A-Za-z]+)\./.exec(text)?.[1]
  if (type !== undefined && !resourceTypes.includes(type))
    return `\`${text}\`: \`${type}\` is not an R4 resource type`
  return `\`${text}\` is not a scope: write (patient|user|system)/(Type|*).cruds, with letters in this order`
}

/**
 * The scopes to grant: what is asked and registered both, letter by letter, `*` standing for every type. Without
 * `asked`, all that is registered. `levels` leave out the scopes of the others. Refuses with `invalid_scope` where
 * nothing is left (RFC 6749 section 3.3).
 */
export const narrow = (asked: string | undefined, registered: string, levels?: readonly Level[]): string => {
  const common = commonScopes(asked, registered, levels)
  if (common !== '') return common
  const kind = levels?.length === 1 ? ` ${levels.join('')}/` : ''
  return refuseToken('invalid_scope', `the client is registered for no${kind} scope that was asked for`)
}

/** The same; empty where nothing is left. */
export const commonScopes = (
  asked: string | undefined,
  registered: string,
  levels?: readonly Level[],
): string => {
  const own = parseScopes(registered)
  const wanted = asked === undefined || asked.trim() === '' ? own : parseScopes(asked)
  return written(
    wanted
      .flatMap((one) => own.flatMap((other) => intersection(one, other) ?? []))
      .filter(({ level }) => levels?.includes(level) ?? true),
  )
}

/**
 * The scopes of a refreshed token: those that are asked for, all of them granted before; all that were granted, where none is
 * asked for (RFC 6749 section 6). Refuses with `invalid_scope` what was not granted.
 */
export const subsetOf = (asked: string | undefined, granted: string): string => {
  if (asked === undefined) return granted
  const resources = [...new Set(parseScopes(asked).map(printScope))]
  const beyond = [
    ...contextualIn(asked).filter((one) => !contextualIn(granted).includes(one)),
    ...resources.filter((one) => commonScopes(one, granted) !== one),
  ]
  if (beyond.length > 0)
    refuseToken('invalid_scope', `${beyond.map((one) => `\`${one}\``).join(', ')}: was not granted`)
  return [...contextualIn(asked), ...resources].join(' ')
}

/** The scopes of a list that are about the launch and who signed in, each once. */
export const contextualIn = (text: string): string[] => [
  ...new Set(text.split(' ').filter((one) => contextual.has(one))),
]

const intersection = (asked: Scope, registered: Scope): Scope | undefined => {
  if (asked.level !== registered.level) return undefined
  if (asked.type !== registered.type && asked.type !== '*' && registered.type !== '*') return undefined
  const access = asked.access.filter((letter) => registered.access.includes(letter))
  if (access.length === 0) return undefined
  const type = asked.type === '*' ? registered.type : asked.type
  return { ...asked, type, access, ...both(asked, registered) }
}

/** What is narrowed twice must meet both: parameters that repeat are and-ed (FHIR R4 search 3.1.1.3). */
const both = (one: Scope, other: Scope): Pick<Scope, 'query' | 'conditions'> => {
  const queries = [...new Set([one, other].flatMap(({ query }) => query.split('&')))].filter(
    (part) => part !== '',
  )
  const conditions = [...one.conditions, ...other.conditions]
  const distinct = new Map(conditions.map((tokens) => [JSON.stringify(tokens), tokens]))
  return { query: queries.join('&'), conditions: [...distinct.values()] }
}

/** Scopes as text: one for each level, type and search, without those that a `*` holds already. */
const written = (scopes: readonly Scope[]): string => {
  const merged = [
    ...Map.groupBy(scopes, ({ level, type, query }) => `${level}/${type}?${query}`).values(),
  ].flatMap(merge)
  return merged
    .filter((one) => !merged.some((other) => other !== one && holds(other, one)))
    .map(printScope)
    .join(' ')
}

const merge = (alike: readonly Scope[]): Scope[] =>
  alike.slice(0, 1).map((one) => ({
    ...one,
    access: letters.filter((letter) => alike.some(({ access }) => access.includes(letter))),
    first: alike.every(({ first }) => first),
  }))

const holds = (all: Scope, one: Scope): boolean =>
  (all.type === '*' || all.type === one.type) &&
  all.query === '' &&
  (all.type !== one.type || one.query !== '') &&
  all.level === one.level &&
  one.access.every((letter) => all.access.includes(letter))

/** A scope as text, in SMART 1 where it was written so. */
export const printScope = ({ level, type, access, first, query }: Scope): string => {
  const held = access.join('')
  const word = first ? Object.keys(words).find((one) => words[one] === held) : undefined
  return `${level}/${type}.${word ?? held}${query === '' ? '' : `?${query}`}`
}
