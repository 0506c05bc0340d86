import type { Resource } from 'fhir/r4'

/** A way in which a partner is reached. `systems` maps HL7 v2 assigning authorities to identifier systems. */
export type PartnerChannel = {
  readonly kind: 'mllp' | 'https' | 'fhir'
  readonly facility?: string
  readonly timeZone?: string
  readonly systems?: Readonly<Record<string, string>>
}

/** An organization as `partner add` takes it: `partOf` and `principal` are references. */
export type Partner = {
  readonly id: string
  readonly name: string
  readonly class: string
  readonly part2?: boolean
  readonly partOf?: string
  readonly principal?: string
  readonly state?: string
  readonly channels?: readonly PartnerChannel[]
  readonly policies?: Readonly<Record<string, unknown>>
}

/** A client as `client add` takes it; its keys are made when it is seeded. */
export type DemoClient = {
  readonly id: string
  readonly organization: string
  readonly purposes: readonly string[]
  readonly scope: string
  readonly roles: readonly string[]
}

/** An app that people authorize, as `client add --public` takes it. */
export type DemoApp = DemoClient & {
  readonly name: string
  readonly redirects: readonly string[]
  readonly launchUrl: string
}

/** What one custodian holds: a trusted import. */
export type CustodianRecords = { readonly custodian: string; readonly resources: readonly Resource[] }

/** An organization knows a patient, and by which identifier of its own. */
export type CrosswalkRow = {
  readonly organization: string
  readonly patient: string
  readonly identifier?: { readonly system: string; readonly value: string }
}

/** One patient's situation in a line, and what to try to see it. */
export type Story = {
  readonly patient: string
  readonly name: string
  readonly situation: string
  readonly tryIt: string
}

/** One synthetic person: the story, the records of every custodian, and who knows the person. */
export type DemoPatient = {
  readonly story: Story
  readonly records: readonly CustodianRecords[]
  readonly crosswalk: readonly CrosswalkRow[]
}

export type County = {
  readonly partners: readonly Partner[]
  readonly clients: readonly DemoClient[]
  readonly apps: readonly DemoApp[]
  readonly records: readonly CustodianRecords[]
  readonly crosswalk: readonly CrosswalkRow[]
}

/** Somebody who can sign in, as `user add` takes it, and who that is. */
export type DemoUser = {
  readonly id: string
  readonly reference: string
  readonly organization: string
  readonly role: string
  readonly about: string
}
