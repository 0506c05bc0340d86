import shipped from '../../mappings/consent-elements.json' with { type: 'json' }
import type { SensitivityTable } from '../../mappings/sensitivity/index.ts'

/** Moves with every change to the rules of labelling, so that what the earlier rules labelled is labelled again. */
const rules = 2

/**
 * What labels are worked out from, as 16 hexadecimal digits: the rules, and what the code tables say. Displays, notes and
 * dates of a table say nothing, nor does the order of its rows. It tells releases apart; it is no proof of anything.
 */
export const fingerprintOf = (tables: readonly SensitivityTable[]): string => {
  const rows = tables.flatMap(({ system, rows: own }) =>
    own.map(({ code, prefix, label }) => JSON.stringify([system, code ?? null, prefix ?? null, label])),
  )
  return digest([`rules ${rules}`, ...rows.toSorted()].join('\n'))
}

/** Moves with every change to how a Consent is read, so that what was compiled before is compiled again. */
const readings = 2

/** By what a Consent is compiled, as 16 hexadecimal digits: how it is read, and which elements which records ask for. */
export const readingOf = (): string =>
  digest([`readings ${readings}`, JSON.stringify([shipped.tpo, shipped.elements])].join('\n'))

const digest = (text: string): string =>
  [0x81_1c_9d_c5, 0x9e_37_79_b9].map((seed) => hashed(text, seed)).join('')

/** FNV-1a over the UTF-16 units of a text, from a seed. */
const hashed = (text: string, seed: number): string => {
  let hash = seed
  for (let place = 0; place < text.length; place++)
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01_00_01_93)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
