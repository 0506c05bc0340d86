/** What a process remembers of answers that it can check, by key. It never stands in for the check. */
export interface Memory<Value> {
  get(key: string): Value | undefined
  keep(key: string, value: Value): void
  forget(key: string): void
}

/** Remembers so many at the most; what came first goes first. */
export const memoryOf = <Value>(most: number): Memory<Value> => {
  const known = new Map<string, Value>()
  return {
    get: (key) => known.get(key),
    keep: (key, value) => {
      known.delete(key)
      known.set(key, value)
      const [oldest] = known.keys()
      if (known.size > most && oldest !== undefined) known.delete(oldest)
    },
    forget: (key) => void known.delete(key),
  }
}
