import type { Access } from '../../authorize/grant.ts'
import type { Language } from '../../sign-in/language.ts'
import { readScope } from '../scopes.ts'
import type { AuthorizeTexts } from './texts-en.ts'
import { typeName } from './type-names.ts'

/** One scope in plain words. */
export interface ScopeWords {
  readonly what: string
  readonly whose: string
}

/** A scope for resources as somebody who is no engineer reads it: what may be done with what, and with whose. */
export const wordsOf = (scope: string, texts: AuthorizeTexts, language: Language): ScopeWords => {
  const read = readScope(scope)
  if (read === undefined) return { what: scope, whose: '' }
  const { type, access, query, level } = read
  const kinds = type === '*' ? texts.everything : typeName(type, language)
  const search = query === '' ? '' : ` (${texts.only(searchWords(query, texts.searchWords))})`
  return {
    what: `${listed(verbs(access, texts), language)} ${kinds}${search}`,
    whose: level === 'patient' ? texts.ofPatient : aboutNobody.has(type) ? texts.ofNobody : texts.ofAll,
  }
}

/** What is the same whoever is asked about. */
const aboutNobody: ReadonlySet<string> = new Set([
  'Questionnaire',
  'ValueSet',
  'CodeSystem',
  'ConceptMap',
  'StructureDefinition',
])

/** Reading and finding is seeing: a search adds nothing that one who may read it all would mind. */
const verbs = (access: readonly Access[], texts: AuthorizeTexts): string[] => {
  const named = { r: texts.read, s: texts.search, c: texts.create, u: texts.update, d: texts.remove }
  const order: readonly Access[] = ['r', 's', 'c', 'u', 'd']
  return order
    .filter((one) => access.includes(one) && !(one === 's' && access.includes('r')))
    .map((one) => named[one])
}

const listed = (words: readonly string[], language: Language): string => {
  const [first = '', ...others] = words
  const lower = others.map((word) => word.toLocaleLowerCase(language))
  return new Intl.ListFormat(language, { type: 'conjunction' }).format([first, ...lower])
}

/** `category=http://…|survey` as `surveys`: the system says nothing to a reader. */
const searchWords = (query: string, words: Readonly<Record<string, string>>): string =>
  [...new URLSearchParams(query)]
    .map(([name, value]) => {
      const codes = value.split(',').map((one) => one.slice(one.lastIndexOf('|') + 1))
      const parameter = name.replace(/^_/, '')
      return [parameter, codes.map((code) => words[code] ?? code).join(', ')]
        .map((word) => words[word] ?? word)
        .filter((word) => word !== '')
        .join(' ')
    })
    .join('; ')
