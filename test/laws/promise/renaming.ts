/** Names for what a server makes, that another server which makes the same shares. */
export interface Names {
  /** A text of this server under the shared names: the first id that is told of is the first there, too. */
  shared(text: string): string
  /** A text under the shared names as this server is to be sent it. */
  own(text: string): string
}

/**
 * Names of one server in one sequence. Two servers that told the same under the shared names so far name the next id
 * alike, so the renaming between them is one to one (CONSENT rules, section 8).
 */
export const names = (): Names => {
  const toShared = new Map<string, string>()
  const toOwn = new Map<string, string>()
  const nameOf = (own: string): string => {
    const name = toShared.get(own) ?? `~${own.startsWith('v') ? 'v' : 'made'}${toShared.size}~`
    toShared.set(own, name)
    toOwn.set(name, own)
    return name
  }
  return {
    shared: (text) =>
      text.replaceAll(/\b(?:v|made)-\d{6}\b/g, nameOf).replaceAll(/\brequest-\d{6}\b/g, 'request'),
    own: (text) => text.replaceAll(/~(?:v|made)\d+~/g, (name) => toOwn.get(name) ?? name),
  }
}
