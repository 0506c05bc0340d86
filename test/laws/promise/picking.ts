/** Draws one of several. */
export type Pick = <T>(items: readonly T[]) => T | undefined

/** Draws by numbers: shrinking one of them draws the first of something. */
export const picking = (numbers: readonly number[]): Pick => {
  let at = 0
  return (items) =>
    items.length === 0 ? undefined : items[(numbers[at++ % numbers.length] ?? 0) % items.length]
}
