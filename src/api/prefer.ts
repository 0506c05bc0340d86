/** What comes back of a write: where it is, what was stored, or what is to be said of it (FHIR R4 http 3.1.0.8). */
export type Preference = 'minimal' | 'representation' | 'OperationOutcome'

/** What a client would like, as far as the gateway goes along. */
export interface Preferences {
  readonly returned: Preference
  readonly handling: 'strict' | 'lenient'
}

const returns: Readonly<Record<string, Preference>> = {
  minimal: 'minimal',
  representation: 'representation',
  operationoutcome: 'OperationOutcome',
}

/**
 * Reads a `Prefer` header (RFC 7240 section 2): several preferences in one, the first of a name counts, and what is not
 * known is ignored; `respond-async` counts for exports alone, since a server may answer at once (FHIR R4 async). Where
 * nothing is said, what is usual comes back.
 */
export const readPrefer = (header = '', usual: Preference = 'representation'): Preferences => {
  const preferences = preferencesIn(header)
  return {
    returned: returns[preferences.get('return') ?? ''] ?? usual,
    handling: preferences.get('handling') === 'lenient' ? 'lenient' : 'strict',
  }
}

/** Whether the answer may be fetched later (`respond-async`, RFC 7240 section 4.1). */
export const prefersAsync = (header = ''): boolean => preferencesIn(header).has('respond-async')

const preferencesIn = (header: string): ReadonlyMap<string, string> => {
  const preferences = new Map<string, string>()
  for (const [, name = '', quoted, bare] of header.matchAll(preference)) {
    const key = name.toLowerCase()
    if (!preferences.has(key)) preferences.set(key, (quoted ?? bare ?? '').toLowerCase())
  }
  return preferences
}

/** `name`, `name=value` or `name="value"`, up to the next comma; parameters after a semicolon are passed over. */
const preference = /(?:^|,)\s*([^\s=;,"]+)(?:\s*=\s*(?:"([^"]*)"|([^\s;,"]*)))?(?:[^,"]|"[^"]*")*/g
