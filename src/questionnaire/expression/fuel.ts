/** What one request may spend on expressions: about a microsecond each. */
const most = 3_000_000

/** An evaluation that ends here because it would cost too much. */
export class Spent extends Error {}

/** Counts down. INVARIANT: whatever an expression does is paid for, so none of them can hang the process. */
export interface Fuel {
  /** Throws `Spent` where nothing is left. */
  spend(cost: number): void
  /** Pays for what has failed already. */
  waste(cost: number): void
}

/** A tank for all expressions of one request. */
export const createFuel = (amount = most): Fuel => {
  let left = amount
  return {
    waste: (cost) => {
      left -= cost
    },
    spend: (cost) => {
      left -= cost
      if (left < 0) throw new Spent('expressions cost too much')
    },
  }
}
