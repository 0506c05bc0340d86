/** An organization as the registry knows it. */
export interface OrganizationSpec {
  readonly id: string
  readonly name: string
  readonly class: string
  readonly part2?: boolean
  readonly partOf?: string
  readonly principal?: string
  readonly state?: string
  readonly channels?: readonly object[]
}

/** A client as it is registered. */
export interface ClientSpec {
  readonly id: string
  readonly organization: string
  readonly scope: string
  readonly purposes: readonly string[]
  readonly roles?: readonly string[]
  readonly prefix?: string
}

const state = 'OR'

/** The town: one organization of each class, parts of some, and a Part 2 program. */
export const organizations: readonly OrganizationSpec[] = [
  { id: 'clinic', name: 'Elm Clinic', class: 'covered-entity', state },
  {
    id: 'recovery',
    name: 'Elm Recovery',
    class: 'part2-program',
    part2: true,
    partOf: 'Organization/clinic',
    state,
  },
  {
    id: 'hospital',
    name: 'Oak Hospital',
    class: 'covered-entity',
    state,
    channels: [
      {
        kind: 'mllp',
        facility: 'OAK',
        timeZone: 'America/Los_Angeles',
        systems: { OAK: 'https://oak.example/mrn' },
        referrals: 'https://oak.example/referrals',
      },
      {
        kind: 'https',
        facility: 'OAK',
        timeZone: 'America/Los_Angeles',
        systems: { OAK: 'https://oak.example/mrn' },
        referrals: 'https://oak.example/referrals',
      },
    ],
  },
  {
    id: 'ward',
    name: 'Oak Hospital, Ward 4',
    class: 'covered-entity',
    partOf: 'Organization/hospital',
    state,
  },
  { id: 'psychiatry', name: 'Ash Psychiatry', class: 'covered-entity', state },
  { id: 'school', name: 'Pine School District', class: 'school', state },
  { id: 'pine-north', name: 'Pine North', class: 'school', partOf: 'Organization/school', state },
  { id: 'health', name: 'County Health', class: 'public-health', state },
  { id: 'holder', name: 'Payer', class: 'lawful-holder', state },
  { id: 'hie', name: 'Exchange', class: 'intermediary', state },
  {
    id: 'billing',
    name: 'Elm Billing',
    class: 'business-associate',
    principal: 'Organization/clinic',
    state,
  },
  {
    id: 'oak-billing',
    name: 'Oak Billing',
    class: 'business-associate',
    principal: 'Organization/hospital',
    state,
  },
]

/** Every purpose that a test asks with; the first is the one meant where none is named. */
const purposes = [
  'TREAT',
  'COC',
  'HPAYMT',
  'HOPERAT',
  'PUBHLTH',
  'HRESCH',
  'ETREAT',
  'BTG',
  'CAREMGT',
  'PATRQT',
  'HLEGAL',
  'HCOMPL',
  'FAMRQT',
  'DISASTER',
]

const everything = 'system/*.cruds user/*.cruds patient/*.cruds'

/** A client for each organization, by the same id; `…-policy` may change what its custodian lets out. */
export const clients: readonly ClientSpec[] = [
  ...organizations.map(({ id }) => ({
    id,
    organization: `Organization/${id}`,
    scope: everything,
    purposes,
  })),
  ...['clinic', 'recovery', 'hospital'].map((id) => ({
    id: `${id}-policy`,
    organization: `Organization/${id}`,
    scope: everything,
    purposes,
    roles: ['policy'],
  })),
]
