import { readFileSync } from 'node:fs'
import { type Message, parseMessage } from '../../src/mapping/hl7v2/parse.ts'
import type { ReferralPartner } from '../../src/mapping/referral.ts'

export const MERCY: ReferralPartner = {
  id: 'mercy',
  organization: 'Organization/mercy-general',
  receiver: 'Organization/riverbend',
  timeZone: 'America/New_York',
  systems: { MERCY: 'https://mercy.example/mrn' },
}

/** UUIDs that count up, so that expected bundles can be written down. */
export function countingIds(): () => string {
  let count = 0
  return () => {
    count += 1
    return `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`
  }
}

/** A fixture of `mappings/hospital/fixtures`. */
export function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../../mappings/hospital/fixtures/${name}`, import.meta.url))
}

/** The depression referral as text, for tests that change it. */
export function referralText(): string {
  return new TextDecoder().decode(fixture('ref-i12.hl7'))
}

/** Parses what is known to be a message. */
export function parsed(input: Uint8Array | string): Message {
  const result = parseMessage(input)
  if (!result.ok) throw new Error(result.problem.text)
  return result.message
}
