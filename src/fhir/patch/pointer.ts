import { isJson } from './json.ts'

/** The reference tokens of a JSON Pointer (RFC 6901 4). */
export const tokensOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Whether a text is a JSON Pointer (RFC 6901 3). */
export const isPointer = (text: string): boolean => /^(?:\/(?:[^~/]|~[01])*)*$/.test(text)

const isIndex = (token: string): boolean => /^(?:0|[1-9]\d{0,9})$/.test(token)

/** What the tokens name; undefined for nothing. INVARIANT: only own members count, so no prototype is ever reached. */
export const valueAt = (document: unknown, tokens: readonly string[]): unknown =>
  tokens.reduce(memberOf, document)

const memberOf = (owner: unknown, token: string): unknown => {
  if (Array.isArray(owner)) return isIndex(token) ? (owner as unknown[])[Number(token)] : undefined
  return isJson(owner) && Object.hasOwn(owner, token) ? owner[token] : undefined
}

/** Whether a value can be added where the tokens say: a member, or a place in or right behind a list (RFC 6902 4.1). */
export const canAdd = (document: unknown, tokens: readonly string[]): boolean => {
  const owner = valueAt(document, tokens.slice(0, -1))
  const last = tokens.at(-1) ?? ''
  if (Array.isArray(owner)) return last === '-' || (isIndex(last) && Number(last) <= owner.length)
  return isJson(owner)
}
