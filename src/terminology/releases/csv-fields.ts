/** The fields of a record of comma-separated values; undefined where its quotes do not match (RFC 4180 section 2). */
export const csvFields = (text: string): string[] | undefined => {
  const fields: string[] = []
  for (let at = 0; ;) {
    const field = text[at] === '"' ? quoted(text, at) : plain(text, at)
    if (field === undefined) return undefined
    fields.push(field.value)
    if (field.end >= text.length) return fields
    if (text[field.end] !== ',') return undefined
    at = field.end + 1
  }
}

interface Field {
  readonly value: string
  readonly end: number
}

const plain = (text: string, at: number): Field | undefined => {
  const comma = text.indexOf(',', at)
  const end = comma < 0 ? text.length : comma
  const value = text.slice(at, end)
  return value.includes('"') ? undefined : { value, end }
}

const quoted = (text: string, at: number): Field | undefined => {
  for (let from = at + 1; ;) {
    const end = text.indexOf('"', from)
    if (end < 0) return undefined
    if (text[end + 1] !== '"') return { value: text.slice(at + 1, end).replaceAll('""', '"'), end: end + 1 }
    from = end + 2
  }
}
