/**
 * Whether a text is one `div` element that is well-formed XML of one namespace, its references aside. Stricter than
 * need be: comments are all that it may hold beside elements and text. Takes time linear in its length.
 */
export const isDiv = (text: string): boolean => {
  const open: string[] = []
  let at = match(/\s*/y, text, commentEnd(text, 0) ?? 0)?.end ?? 0
  if (match(/<div(?![\w:.-])/y, text, at) === undefined) return false
  while (at < text.length) {
    const tag = tagAt(text, at)
    if (tag === undefined) return false
    if (tag.kind === 'end' && open.pop() !== tag.name) return false
    if (tag.kind === 'start') open.push(tag.name)
    if (open.length === 0 && tag.kind !== 'comment') return tag.end === text.length
    const next = text.indexOf('<', tag.end)
    at = next === -1 ? text.length : next
  }
  return false
}

interface Tag {
  readonly kind: 'start' | 'end' | 'empty' | 'comment'
  readonly name: string
  readonly end: number
}

const tagAt = (text: string, at: number): Tag | undefined => {
  const comment = commentEnd(text, at)
  if (comment !== undefined) return { kind: 'comment', name: '', end: comment }
  const close = match(/<\/([A-Za-z][\w.-]*)\s*>/y, text, at)
  if (close !== undefined) return { kind: 'end', name: close.found[1] ?? '', end: close.end }
  const opening = match(/<([A-Za-z][\w.-]*)/y, text, at)
  if (opening === undefined) return undefined
  const end = attributesEnd(text, opening.end)
  const mark = end === undefined ? undefined : match(/\s*(\/?)>/y, text, end)
  if (mark === undefined) return undefined
  return { kind: mark.found[1] === '/' ? 'empty' : 'start', name: opening.found[1] ?? '', end: mark.end }
}

/** Where the attributes of a tag end; undefined where one is there twice or of a prefix that nothing declares. */
const attributesEnd = (text: string, from: number): number | undefined => {
  const names = new Set<string>()
  let at = from
  for (;;) {
    const attribute = match(/\s+((?:xml:)?[A-Za-z_][\w.-]*)\s*=\s*(?:"[^"<]*"|'[^'<]*')/y, text, at)
    if (attribute === undefined) return at
    const name = attribute.found[1] ?? ''
    if (names.has(name)) return undefined
    names.add(name)
    at = attribute.end
  }
}

/** Two hyphens end a comment, and nothing else may follow them than `>` (XML 1.0, 2.5). */
const commentEnd = (text: string, at: number): number | undefined => {
  if (!text.startsWith('<!--', at)) return undefined
  const end = text.indexOf('--', at + 4)
  return end === -1 || text[end + 2] !== '>' ? undefined : end + 3
}

const match = (
  pattern: RegExp,
  text: string,
  at: number,
): { found: RegExpExecArray; end: number } | undefined => {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  return found === null ? undefined : { found, end: pattern.lastIndex }
}
