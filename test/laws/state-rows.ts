/** Rows of a state as the laws need them. They are made up for the tests, and nobody's law. */
const forRepresentatives = { class: 'representative', state: 'OR', citation: 'a row of the tests' } as const

export const stateRows = [
  { ...forRepresentatives, label: 'ordinary', purpose: null, effect: 'permit' },
  { ...forRepresentatives, label: 'MH', purpose: null, effect: 'ordinary' },
  { ...forRepresentatives, label: 'SUD', purpose: null, effect: 'permit' },
  { ...forRepresentatives, label: 'OPIOIDUD', purpose: null, effect: 'permit' },
  { ...forRepresentatives, label: 'HIV', purpose: 'FAMRQT', effect: 'permit' },
] as const

export const minorRows = [
  {
    state: 'OR',
    label: 'SUD',
    minimumAge: 14,
    signs: 'minor',
    since: null,
    until: null,
    citation: 'a row of the tests',
  },
  {
    state: 'OR',
    label: 'HIV',
    minimumAge: 12,
    signs: 'joint',
    since: '2020-01-01',
    until: null,
    citation: 'a row of the tests',
  },
  {
    state: 'OR',
    label: 'PSY',
    minimumAge: 12,
    signs: 'minor',
    since: null,
    until: '2026-01-01',
    citation: 'a row of the tests',
  },
] as const
