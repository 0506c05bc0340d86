import type { Caller } from '../authenticate/caller.ts'
import type { Answer, Ask } from '../disclose.ts'
import { isRepresentative } from '../consent/asked.ts'
import { type Refusal, refuse, statusOf } from '../problem.ts'
import type { Disclosure, Excepted, Released, ReleasedResource } from '../redact/released.ts'
import type { Services } from '../services.ts'
import type { Written } from '../store/change.ts'
import type { AccountingEntry, AuditEntry } from './keeper.ts'

type Asked = Pick<Ask, 'interaction' | 'request'>

const entry = (
  services: Services,
  caller: Caller,
  ask: Asked,
  outcome: AuditEntry['outcome'],
  rest: Pick<AuditEntry, 'custodians' | 'persons' | 'detail'>,
): AuditEntry => ({
  at: services.clock.now(),
  request: ask.request,
  interaction: ask.interaction,
  outcome,
  client: caller.client,
  organization: caller.asked.organization,
  purpose: caller.asked.purpose,
  ...rest,
})

/**
 * Keeps the record of what is about to leave: one audit row, and an accounting row for each person and custodian whose
 * records go under a consent, an exception or to a representative (42 CFR 2.25, 2.51(c), 45 CFR 164.528(b)). Resolves when they are durable.
 */
export const recordDisclosure = async (
  services: Services,
  caller: Caller,
  ask: Asked,
  released: Released<readonly ReleasedResource[]>,
  answer: Released<Answer>,
): Promise<void> => {
  const resources = released.value
  const consented = resources.filter(isAccounted)
  const hash = consented.length === 0 ? '' : await services.digest(answer.value.body)
  const { user, patient } = caller.asked
  const audit = entry(
    services,
    caller,
    ask,
    'disclosed',
    trailOf(resources, { user, patient, status: answer.value.status }),
  )
  await keep(services, audit, accounts(services, caller, ask, consented, hash))
}

const isAccounted = ({ disclosure }: ReleasedResource): boolean =>
  disclosure.basis === 'consent' || disclosure.basis === 'exception' || disclosure.basis === 'representative'

/** What an audit row says of resources: which, why, and whom and which custodian they concern. */
const trailOf = (
  resources: readonly ReleasedResource[],
  more: object,
): Pick<AuditEntry, 'custodians' | 'persons' | 'detail'> => ({
  custodians: [...new Set(resources.map(({ disclosure }) => disclosure.custodian))],
  persons: [...new Set(resources.flatMap(({ disclosure }) => disclosure.person ?? []))],
  detail: {
    ...more,
    resources: resources.map(({ type, id, version, disclosure }) => [
      `${type}/${id}`, version, disclosure.basis, disclosure.person, disclosure.custodian,
    ]), // prettier-ignore
  },
})

const accounts = (
  services: Services,
  caller: Caller,
  ask: Asked,
  consented: readonly ReleasedResource[],
  hash: string,
): AccountingEntry[] =>
  [
    ...Map.groupBy(consented, ({ disclosure }) => `${disclosure.person} ${disclosure.custodian}`).values(),
  ].map((own) => {
    const disclosures = own.map(({ disclosure }) => disclosure)
    return {
      at: services.clock.now(),
      request: ask.request,
      person: disclosures[0]?.person ?? 0,
      custodian: disclosures[0]?.custodian ?? 0,
      recipient: caller.asked.patient ?? representativeOf(caller) ?? caller.asked.organization,
      recipientClass: caller.recipientClass ?? 'unregistered',
      purpose: caller.asked.purpose,
      basis: [
        ...consentsOf(disclosures),
        ...exceptionsOf(disclosures),
        ...representedBy(caller, disclosures),
      ],
      description: own.map(({ type, id, version, disclosure }) => ({
        resource: `${type}/${id}`,
        version,
        labels: disclosure.labels,
      })),
      notice: disclosures.find(({ notice }) => notice !== undefined)?.notice ?? null,
      hash,
    }
  })

const consentsOf = (disclosures: readonly Disclosure[]): unknown[] => [
  ...new Map(
    disclosures
      .flatMap(({ consents }) => consents)
      .map(({ consent, provision }) => [`${consent} ${provision}`, { consent, provision }]),
  ).values(),
]

/** The exceptions: what was stated for each is kept under its id (42 CFR 2.51(c)). */
const exceptionsOf = (disclosures: readonly Disclosure[]): Excepted[] => [
  ...new Map(disclosures.flatMap(({ exceptions }) => exceptions).map((own) => [own.exception, own])).values(),
]

const representativeOf = ({ asked }: Caller): string | undefined =>
  isRepresentative(asked) ? asked.user : undefined

/** What a representative read by rows of the state's: under which sections. */
const representedBy = (caller: Caller, disclosures: readonly Disclosure[]): unknown[] => {
  const representative = representativeOf(caller)
  const citations = new Set(disclosures.flatMap(({ citations: own = [] }) => own))
  return representative === undefined ? [] : [...citations].map((citation) => ({ representative, citation }))
}

/** The rows of a push: what reached its addressee without being asked for, in the transaction that pushed it. */
export const pushRows = async (
  services: Services,
  recipient: Caller,
  request: string,
  { value }: Released<readonly ReleasedResource[]>,
): Promise<{ audit: AuditEntry; accounting: AccountingEntry[] }> => {
  const ask = { interaction: 'push', request }
  const consented = value.filter(isAccounted)
  const hash = await services.digest(value.map(({ text }) => text).join('\n'))
  return {
    audit: entry(services, recipient, ask, 'disclosed', trailOf(value, {})),
    accounting: accounts(services, recipient, ask, consented, hash),
  }
}

/** Whoever could not even be told apart: a token that is missing, unknown or expired. */
const nobody = { client: 'unknown', organization: 'unknown', purpose: 'unknown' }

/**
 * Keeps the record of a refusal, once. What was asked for stays out of it: it may be hidden, or not exist. Without a
 * caller it was one who could not authenticate.
 */
export const recordRefusal = async (
  services: Services,
  caller: Caller | undefined,
  ask: Asked,
  refusal: Refusal,
): Promise<void> => {
  if (refusal.recorded) return
  refusal.recorded = true
  const rest = { custodians: [], persons: [], detail: { status: statusOf(refusal.problem) } }
  const { interaction, request } = ask
  await keep(
    services,
    caller === undefined
      ? { at: services.clock.now(), request, interaction, outcome: 'refused', ...nobody, ...rest }
      : entry(services, caller, ask, 'refused', rest),
    [],
  )
}

/** The audit row of a write; it is stored in the write's own transaction. */
export const writeEntry = (
  services: Services,
  caller: Caller,
  ask: Asked,
  written: readonly Written[],
): AuditEntry =>
  entry(services, caller, ask, 'written', {
    custodians: [...new Set(written.map(({ custodian }) => custodian))],
    persons: [...new Set(written.flatMap(({ person }) => person ?? []))],
    detail: {
      user: caller.asked.user,
      resources: written.map(({ type, id, created, exception, person, custodian }) => [
        `${type}/${id}`, '', exception ?? (created ? 'created' : 'changed'), person ?? null, custodian,
      ]), // prettier-ignore
    },
  })

const keep = async (
  services: Services,
  audit: AuditEntry,
  accounting: readonly AccountingEntry[],
): Promise<void> => {
  try {
    await services.record.keep(audit, accounting)
  } catch {
    services.log({ level: 'error', event: 'record not kept', request: audit.request })
    refuse({ kind: 'unrecorded' })
  }
}
