/** The organizations of every random world: a clinic with its program, a hospital, a psychiatrist, a school, an agency, an agent, a broker. */
export const organizations = [
  { id: 'clinic', class: 'covered-entity', part2: false, partOf: null, principal: null, state: 'OR' },
  {
    id: 'program',
    class: 'part2-program',
    part2: true,
    partOf: 'Organization/clinic',
    principal: null,
    state: 'OR',
  },
  { id: 'hospital', class: 'covered-entity', part2: false, partOf: null, principal: null, state: 'WA' },
  { id: 'psychiatry', class: 'covered-entity', part2: false, partOf: null, principal: null, state: 'OR' },
  { id: 'school', class: 'school', part2: false, partOf: null, principal: null, state: 'OR' },
  { id: 'agency', class: 'public-health', part2: false, partOf: null, principal: null, state: 'OR' },
  {
    id: 'agent',
    class: 'business-associate',
    part2: false,
    partOf: null,
    principal: 'Organization/hospital',
    state: 'OR',
  },
  { id: 'broker', class: 'intermediary', part2: false, partOf: null, principal: null, state: 'OR' },
] as const

/** Who holds records of the person in every world; the school does so in some. */
export const custodians = ['clinic', 'program', 'hospital'] as const

/** Everybody who may hold a record, as references. */
export const holders = [...custodians, 'school'].map((id) => `Organization/${id}`)

export const recipients = organizations.map(({ id }) => `Organization/${id}`)

/** Labels that records carry, by their own statement. */
export const actLabels = [
  '42CFRPart2',
  'SUD',
  'ETH',
  'ETHUD',
  'OPIOIDUD',
  'HIV',
  'MH',
  'PSY',
  'BH',
  'PSYTHPN',
  'SDV',
  'NODSCLCD',
]

export const types = ['Condition', 'Observation', 'MedicationRequest']

/** The system of the codes. */
export const icd = 'http://hl7.org/fhir/sid/icd-10-cm'

export const codes = ['F33.1', 'F11.20', 'B20', 'J45']

/** What a provision names: those, what they are kinds of by the release that is loaded, and one that nobody knows. */
export const namedCodes = [...codes, 'F33', 'F30-F39', 'F11.2', 'F11', 'F10-F19', 'F99']

/** The moment at which every world is asked. */
export const moment = '2026-06-15T12:00:00Z'

/** The RelatedPerson of a run. */
export const relatedOf = (run: string): string => `RelatedPerson/${run}-related`
