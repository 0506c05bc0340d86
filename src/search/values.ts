/** Splits at a separator that no backslash escapes; the escapes stay for the next step (FHIR R4 search 3.1.1.4.3). */
export const split = (value: string, separator: ',' | '$' | '|'): string[] => {
  const parts: string[] = []
  let part = ''
  for (let place = 0; place < value.length; place++) {
    const one = value.charAt(place)
    if (one === '\\' && place + 1 < value.length) {
      part += one + value.charAt(place + 1)
      place += 1
    } else if (one === separator) {
      parts.push(part)
      part = ''
    } else part += one
  }
  return [...parts, part]
}

/** A value as it was meant: `\,`, `\$`, `\|` and `\\` are the characters themselves. */
export const unescaped = (value: string): string => value.replaceAll(/\\([,$|\\])/g, '$1')
