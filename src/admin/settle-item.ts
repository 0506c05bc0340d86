import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { applying } from '../exchange/applying.ts'
import { pushReferrals } from '../exchange/referrals.ts'
import { waitingReferrals } from '../exchange/waiting-referrals.ts'
import type { Services } from '../services.ts'
import { apply } from '../store/apply.ts'
import type { Change, CurrentRow } from '../store/change.ts'
import type { Connection } from '../store/database.ts'
import { policyBearing } from '../store/effects.ts'
import { holdException } from '../store/exception-review.ts'
import { joinPersons } from '../store/join-persons.ts'
import { isProgress, lockResources, readCurrent } from '../store/current.ts'
import { findSettlement, keepSettlement, type Settlement } from '../store/settlement.ts'
import { fail } from './fault.ts'
import { keepReview } from './operations/exception-review.ts'
import { trail } from './trail.ts'

/** What an officer says to something that waits. */
export interface Word {
  readonly item: string
  readonly outcome: Settlement['outcome']
  readonly by: string
  readonly note: string
}

/** What became of it. `already` where the same was said before: then nothing changed. */
export interface Settled {
  readonly item: string
  readonly outcome: Settlement['outcome']
  readonly already: boolean
  readonly effect: string
}

/** Settles an item of the queue, whatever it is, in an open transaction. */
export const settleItem = (connection: Connection, services: Services, word: Word): Promise<Settled> => {
  const [kind = '', id = ''] = word.item.split('/')
  if (kind === 'exception' || kind === 'report') return settleException(connection, services, word, kind, id)
  if (kind === 'identity') return settleIdentity(connection, services, word)
  if (kind === 'validation') return settleHeld(connection, services, word)
  if (policyBearing.has(kind)) return settlePolicy(connection, services, word)
  return fail(`\`${word.item}\` is not an item of the queue: \`review list\` shows them`)
}

/** The same word again changes nothing; another one is refused. */
const standing = (
  { item, outcome }: Word,
  before: { readonly outcome: string; readonly by: string | null },
): Settled => {
  if (before.outcome !== outcome)
    return fail(`\`${item}\` was ${before.outcome} by ${before.by ?? 'an officer'} already; that stands`)
  return { item, outcome, already: true, effect: 'nothing changed' }
}

const settleException = async (
  connection: Connection,
  services: Services,
  word: Word,
  kind: string,
  id: string,
): Promise<Settled> => {
  const { item, outcome, by, note } = word
  const held = await holdException(connection, id, services.clock.now())
  if (held === undefined || (kind === 'report') !== (held.document !== null))
    return fail(`there is no ${kind} \`${id}\``)
  if (held.reviewed !== null)
    return standing(word, {
      outcome: held.outcome === 'justified' ? 'accepted' : 'refused',
      by: held.reviewed_by,
    })
  const review = { outcome: outcome === 'accepted' ? 'justified' : 'not-justified', by, note } as const
  const { ended } = await keepReview(connection, services, held, review)
  return {
    item,
    outcome,
    already: false,
    effect: ended ? `not justified: the ${kind} ends now` : review.outcome,
  }
}

interface Identity {
  readonly patient: string
  readonly candidate: string | null
}

interface Person {
  readonly what: string
  readonly person: number
  readonly custodian: number
}

/** Whether two Patients are one person: only an officer says so of what demographics leave open. */
const settleIdentity = async (connection: Connection, services: Services, word: Word): Promise<Settled> => {
  const { item, outcome } = word
  const [held] = await connection.query<Identity>(
    sql`SELECT patient, candidate FROM identity_review WHERE 'identity/' || key = ${item} FOR UPDATE`,
  )
  if (held === undefined) return fail(`there is no \`${item}\``)
  const before = await findSettlement(connection, item, '')
  if (before !== undefined) return standing(word, before)
  const people = await connection.query<Person>(
    sql`SELECT type || '/' || id AS what, person, custodian FROM resource WHERE type = 'Patient' AND NOT deleted AND richer IS NULL
      AND person IS NOT NULL AND type || '/' || id IN (${held.patient}, ${held.candidate ?? ''}) ORDER BY key`,
  )
  const [one, other] = [held.patient, held.candidate].map((name) => people.find(({ what }) => what === name))
  const accepts = outcome === 'accepted'
  if (accepts && (one === undefined || other === undefined))
    return fail('one of the two Patients is not there any more: refuse the item to close it')
  if (accepts && one !== undefined && other !== undefined)
    await joinPersons(connection, one.person, other.person)
  await keepSettlement(connection, item, '', word, services.clock.now())
  const person = accepts ? other?.person : undefined
  await trail(
    connection,
    services,
    { interaction: 'review', purpose: 'HOPERAT' },
    people.map((own) => ({ ...own, person: person ?? own.person, how: outcome })),
  )
  return { item, outcome, already: false, effect: accepts ? 'they are one person' : 'they are two persons' }
}

/** Policy-bearing data takes effect for the custodian that holds it, and for no other (CONSENT rules, section 2). */
const settlePolicy = async (connection: Connection, services: Services, word: Word): Promise<Settled> => {
  const { item, outcome } = word
  await lockResources(connection, [item])
  const full = (await readCurrent(connection, [item])).get(item)?.at(-1)
  if (full === undefined || full.deleted) return fail(`there is no \`${item}\``)
  const before = await findSettlement(connection, item, full.version)
  if (before !== undefined) return standing(word, before)
  if (full.effective)
    return outcome === 'accepted'
      ? { item, outcome, already: true, effect: 'it is in effect' }
      : fail(`\`${item}\` is in effect and did not wait; a client with the role \`policy\` ends it`)
  if (outcome === 'accepted') await relabelled(connection, services, full, { effective: true })
  await keepSettlement(connection, item, full.version, word, services.clock.now())
  const done = { what: item, how: outcome, person: full.person, custodian: full.custodian }
  await trail(connection, services, { interaction: 'review', purpose: 'HOPERAT' }, [done])
  const effect = outcome === 'accepted' ? 'in effect from now on' : 'stays without effect'
  return { item, outcome, already: false, effect }
}

/** What is held for not conforming goes where consent and law allow from now on, as it is; or stays held. */
const settleHeld = async (connection: Connection, services: Services, word: Word): Promise<Settled> => {
  const { item, outcome } = word
  const key = item.slice('validation/'.length)
  await lockResources(connection, [key])
  const full = (await readCurrent(connection, [key])).get(key)?.findLast((row) => !isProgress(row))
  if (full === undefined || full.deleted) return fail(`there is no \`${key}\``)
  const before = await findSettlement(connection, item, full.version)
  if (before !== undefined) return standing(word, before)
  if (!full.labels.some(({ label, basis }) => label === 'not-conforming' && basis === 'kind'))
    return fail(`\`${key}\` is not held: \`review list\` shows what waits`)
  if (outcome === 'accepted') {
    await relabelled(connection, services, full, { accepted: true })
    const by = { client: 'gateway', request: services.ids.request() }
    await pushReferrals(connection, services, by, await waitingReferrals(connection, [key]))
  }
  await keepSettlement(connection, item, full.version, word, services.clock.now())
  const done = { what: key, how: outcome, person: full.person, custodian: full.custodian }
  await trail(connection, services, { interaction: 'review', purpose: 'HOPERAT' }, [done])
  const effect = outcome === 'accepted' ? 'held no more' : 'stays held until a version conforms'
  return { item, outcome, already: false, effect }
}

/** Makes no version: what it says stays the same. */
const relabelled = async (
  connection: Connection,
  services: Services,
  { content, custodian, submitter, effective }: CurrentRow,
  changed: Partial<Pick<Change, 'effective' | 'accepted'>>,
): Promise<void> => {
  const resource = JSON.parse(content) as FhirResource
  const change = {
    action: 'relabel',
    resource,
    custodian,
    submitter,
    effective,
    keep: false,
    ...changed,
  } as const
  await apply(connection, [change], applying(services))
}
