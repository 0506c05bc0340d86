/** Where an element stands in a resource: names and places, from the root. */
export type Path = readonly (string | number)[]

/** A literal reference to a resource of this server, and where it stands. */
export interface Found {
  readonly path: Path
  /** `Type/id`, without a version. */
  readonly reference: string
}

const local =
  /^(?:(?<base>https?:\/\/.+)\/)?(?<type>[A-Z][A-Za-z]+)\/(?<id>[A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/

/** `Type/id` of a literal reference to this server; undefined for another server's, a contained or a logical one. */
export const localReference = (reference: unknown, base?: string): string | undefined => {
  if (typeof reference !== 'string') return undefined
  const parts = local.exec(reference)?.groups
  if (parts === undefined || (parts.base !== undefined && parts.base !== base)) return undefined
  return `${parts.type}/${parts.id}`
}

/** Every local reference in a resource, in document order (FHIR R4 references 2.3.0). */
export const referencesIn = (resource: unknown, base?: string): Found[] => {
  const found: Found[] = []
  const walk = (value: unknown, path: Path): void => {
    if (Array.isArray(value)) {
      value.forEach((item, place) => walk(item, [...path, place]))
      return
    }
    if (value === null || typeof value !== 'object') return
    for (const [name, child] of Object.entries(value)) {
      if (name === 'reference' && typeof child === 'string') {
        const reference = localReference(child, base)
        if (reference !== undefined) found.push({ path, reference })
      } else if (typeof child === 'object') walk(child, [...path, name])
    }
  }
  walk(resource, [])
  return found
}

/** A copy in which each string at a `reference` or canonical URL key is what `rewrite` makes of it. */
export const rewriteReferences = <T>(resource: T, rewrite: (reference: string) => string): T => {
  const walk = (value: unknown, name: string): unknown => {
    if (typeof value === 'string')
      return name === 'reference' || value.startsWith('urn:uuid:') ? rewrite(value) : value
    if (Array.isArray(value)) return value.map((item) => walk(item, name))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, walk(child, key)]))
  }
  return walk(resource, '') as T
}

/** A copy without the elements at these paths; what is left empty by it goes as well. */
export const without = <T>(resource: T, paths: readonly Path[]): T => {
  if (paths.length === 0) return resource
  const gone = new Set(paths.map((path) => path.join('/')))
  const walk = (value: unknown, path: string): unknown => {
    if (gone.has(path)) return undefined
    if (Array.isArray(value)) {
      const kept = value
        .map((item, place) => walk(item, `${path}/${place}`))
        .filter((item) => item !== undefined)
      return kept.length === 0 && value.length > 0 ? undefined : kept
    }
    if (value === null || typeof value !== 'object') return value
    const kept = Object.entries(value)
      .map(([name, child]) => [name, walk(child, path === '' ? name : `${path}/${name}`)] as const)
      .filter(([, child]) => child !== undefined)
    return kept.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(kept)
  }
  return (walk(resource, '') ?? {}) as T
}
