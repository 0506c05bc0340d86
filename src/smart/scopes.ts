import type { Access } from '../authorize/grant.ts'
import type { Asked } from '../consent/asked.ts'
import { isResourceType, resourceTypes } from '../fhir/definitions/structures.ts'
import { refuseToken } from './refusal.ts'

/** Whose access a scope speaks of (SMART App Launch 2.2, scopes for requesting FHIR resources). */
export type Level = 'patient' | 'user' | 'system'

/** One scope for FHIR resources; `type` may be `*`. */
export interface Scope {
  readonly level: Level
  readonly type: string
  readonly access: readonly Access[]
  /** Whether it was written in SMART 1 (`.read`), and so is answered. */
  readonly first: boolean
}

const letters: readonly Access[] = ['c', 'r', 'u', 'd', 's']

const words: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

const levels: Readonly<Record<string, Level>> = { patient: 'patient', user: 'user', system: 'system' }

const grammar =
  /^(?<context>patient|user|system)\/(?<type>\*|[A-Za-z]+)\.(?<access>read|write|\*|c?r?u?d?s?)$/

/** Scopes that are not about resources; they are known, and none of them is granted. */
const contextual: ReadonlySet<string> = new Set([
  'openid',
  'profile',
  'fhirUser',
  'launch',
  'launch/patient',
  'launch/encounter',
  'offline_access',
  'online_access',
])

/** The level of a token's scopes: a patient's own, a user's, or the client's own. Scopes of another count nothing. */
export const levelOf = ({ patient, user }: Pick<Asked, 'patient' | 'user'>): Level => {
  if (patient !== undefined) return 'patient'
  return user === undefined ? 'system' : 'user'
}

/** Reads one scope, in the syntax of SMART 2 or 1; undefined where it is not a scope for a known resource type. */
export const readScope = (text: string): Scope | undefined => {
  const { context = '', type, access } = grammar.exec(text)?.groups ?? {}
  const level = levels[context]
  if (level === undefined || type === undefined || access === undefined || access === '') return undefined
  if (type !== '*' && !isResourceType(type)) return undefined
  const word = Object.hasOwn(words, access) ? words[access] : undefined
  const held = word ?? access
  return {
    level,
    type,
    access: letters.filter((letter) => held.includes(letter)),
    first: word !== undefined,
  }
}

/** Reads a space-separated list of scopes (RFC 6749 section 3.3); refuses it with `invalid_scope`, naming the fault. */
export const parseScopes = (text: string): Scope[] =>
  text
    .split(' ')
    .filter((one) => one !== '' && !contextual.has(one))
    .map((one) => readScope(one) ?? refuseToken('invalid_scope', faultOf(one)))

const faultOf = (text: string): string => {
  if (text.includes('?')) return `\`${text}\`: scopes with search parameters are not supported`
  const type = /^(?:patient|user|system)\/([A-Za-z]+)\./.exec(text)?.[1]
  if (type !== undefined && !resourceTypes.includes(type))
    return `\`${text}\`: \`${type}\` is not an R4 resource type`
  return `\`${text}\` is not a scope: write (patient|user|system)/(Type|*).cruds, with letters in this order`
}

/**
 * The scopes to grant: what is asked and registered both, letter by letter, `*` standing for every type. Without
 * `asked`, all that is registered. `level` leaves out the scopes of the others. Refuses with `invalid_scope` where
 * nothing is left (RFC 6749 section 3.3).
 */
export const narrow = (asked: string | undefined, registered: string, level?: Level): string => {
  const own = parseScopes(registered)
  const wanted = asked === undefined || asked.trim() === '' ? own : parseScopes(asked)
  const common = wanted
    .flatMap((one) => own.flatMap((other) => intersection(one, other) ?? []))
    .filter((scope) => level === undefined || scope.level === level)
  if (common.length > 0) return written(common)
  const kind = level === undefined ? '' : ` ${level}/`
  return refuseToken('invalid_scope', `the client is registered for no${kind} scope that was asked for`)
}

const intersection = (asked: Scope, registered: Scope): Scope | undefined => {
  if (asked.level !== registered.level) return undefined
  if (asked.type !== registered.type && asked.type !== '*' && registered.type !== '*') return undefined
  const access = asked.access.filter((letter) => registered.access.includes(letter))
  if (access.length === 0) return undefined
  return { ...asked, type: asked.type === '*' ? registered.type : asked.type, access }
}

/** Scopes as text: one for each level and type, without those that a `*` holds already. */
const written = (scopes: readonly Scope[]): string => {
  const merged = [...Map.groupBy(scopes, ({ level, type }) => `${level}/${type}`).values()].flatMap(merge)
  return merged
    .filter((one) => !merged.some((other) => other !== one && holds(other, one)))
    .map(print)
    .join(' ')
}

const merge = (alike: readonly Scope[]): Scope[] =>
  alike.slice(0, 1).map(({ level, type }) => ({
    level,
    type,
    access: letters.filter((letter) => alike.some(({ access }) => access.includes(letter))),
    first: alike.every(({ first }) => first),
  }))

const holds = (all: Scope, one: Scope): boolean =>
  all.type === '*' && all.level === one.level && one.access.every((letter) => all.access.includes(letter))

const print = ({ level, type, access, first }: Scope): string => {
  const held = access.join('')
  const word = first ? Object.keys(words).find((one) => words[one] === held) : undefined
  return `${level}/${type}.${word ?? held}`
}
