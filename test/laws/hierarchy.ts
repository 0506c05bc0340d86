import { icd } from './drawn/town.ts'

/** What is a kind of what in the release that every gateway of the laws has loaded. */
export const hierarchy = [
  { kind: 'F33.1', of: 'F33' },
  { kind: 'F33', of: 'F30-F39' },
  { kind: 'F11.20', of: 'F11.2' },
  { kind: 'F11.2', of: 'F11' },
  { kind: 'F11', of: 'F10-F19' },
].map((step) => ({ system: icd, ...step }))
