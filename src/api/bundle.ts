import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4'
import { accept, type Outcome, type Submission } from '../accept.ts'
import type { Caller } from '../authenticate/caller.ts'
import { type Answer, disclose } from '../disclose.ts'
import { rewriteReferences } from '../fhir/references.ts'
import { invalid, outcomeOf, type Problem, Refusal, refuse, statusOf } from '../problem.ts'
import { insertRecord } from '../record/group-commit.ts'
import { recordRefusal } from '../record/record.ts'
import { shapeAll } from '../redact/redact.ts'
import type { Released, ReleasedResource } from '../redact/released.ts'
import { findByKeys } from '../search/find.ts'
import { fhirBase, type Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { helpOutcome } from '../questionnaire/crisis-help.ts'
import type { Preference } from './prefer.ts'
import { etag, fhirJson } from './resource-answer.ts'
import { askFor, type EntryRequest, readEntry } from './entry.ts'
import { writeOne } from './write-answer.ts'

/** Entries of one bundle at the most. */
const mostEntries = 5000

/** https://hl7.org/fhir/R4/http.html#transaction: a batch, entry by entry, or a transaction, all or nothing. */
export const bundle = async (
  services: Services,
  caller: Caller,
  request: string,
  given: FhirResource,
  preference: Preference = 'minimal',
): Promise<Released<Answer>> => {
  if (given.resourceType !== 'Bundle')
    return invalid('the base takes a Bundle of type `batch` or `transaction`', 'resourceType')
  if (given.entry !== undefined && !Array.isArray(given.entry))
    return invalid('`Bundle.entry` must be a list', 'Bundle.entry', 'structure')
  const entries = given.entry ?? []
  if (entries.length > mostEntries)
    return refuse({ kind: 'too-large', text: `a Bundle takes at most ${mostEntries} entries` })
  const readers = entries.map((entry, place) => () => readEntry(entry, place, services.settings.publicUrl))
  if (given.type === 'batch') return batch(services, caller, request, readers, preference)
  if (given.type === 'transaction')
    return transaction(
      services,
      caller,
      request,
      given,
      readers.map((readOne) => readOne()),
      preference,
    )
  return invalid('`Bundle.type` must be `batch` or `transaction`', 'Bundle.type', 'value')
}

/** Each entry on its own, with its own scopes, decision and record; one that fails does not touch the others. */
const batch = async (
  services: Services,
  caller: Caller,
  request: string,
  entries: readonly (() => EntryRequest)[],
  preference: Preference,
): Promise<Released<Answer>> => {
  const released: Released<Answer>[] = []
  const refused = new Map<number, Problem>()
  for (const [place, entry] of entries.entries()) {
    try {
      released.push(await answerEntry(services, caller, request, entry(), preference))
    } catch (fault) {
      if (!(fault instanceof Refusal) || fault.problem.kind === 'unrecorded') throw fault
      await recordRefusal(services, caller, { interaction: 'batch', request }, fault)
      refused.set(place, fault.problem)
    }
  }
  return shapeAll(released, (values) => {
    const answered = values.values()
    const answers = entries.map((_, place) => {
      const problem = refused.get(place)
      return problem === undefined ? responseEntry(answered.next().value) : refusedEntry(problem)
    })
    const body = `{"resourceType":"Bundle","type":"batch-response","entry":[${answers.join(',')}]}`
    return { status: 200, headers: { 'content-type': fhirJson }, body }
  })
}

const refusedEntry = (problem: Problem): string =>
  JSON.stringify({ response: { status: String(statusOf(problem)), outcome: outcomeOf(problem) } })

const answerEntry = async (
  services: Services,
  caller: Caller,
  request: string,
  entry: EntryRequest,
  preference: Preference,
): Promise<Released<Answer>> => {
  if (entry.submission !== undefined)
    return writeOne(
      services,
      { interaction: entry.submission.method, request, caller },
      entry.submission,
      preference === 'representation' ? preference : 'minimal',
    )
  return disclose(services, caller, askFor(services, request, entry))
}

const responseEntry = (answer: Answer | undefined): string => {
  if (answer === undefined) return '{}'
  const { status, headers, body } = answer
  const response = JSON.stringify({
    status: String(status),
    location: headers.location,
    etag: headers.etag,
    ...(headers['last-modified'] === undefined
      ? {}
      : { lastModified: new Date(headers['last-modified']).toISOString() }),
  })
  return body === '' ? `{"response":${response}}` : `{"resource":${body},"response":${response}}`
}

/** All writes of a transaction are accepted together; reads in it see what it wrote. */
const transaction = async (
  services: Services,
  caller: Caller,
  request: string,
  given: Bundle,
  entries: readonly EntryRequest[],
  preference: Preference,
): Promise<Released<Answer>> => {
  const submissions = resolveReferences(services, given.entry ?? [], entries)
  const reads: string[] = []
  const alongside = async (connection: Connection): Promise<void> => {
    for (const entry of entries.filter(({ submission }) => submission === undefined))
      reads.push(responseEntry((await readInside(services, connection, caller, request, entry)).value))
  }
  await services.cursors.ready()
  const writer = { interaction: 'transaction', request, caller, alongside }
  const outcomes = await accept(services, writer, submissions)
  return disclose(services, caller, {
    interaction: 'transaction',
    request,
    needs: [],
    find: async (connection, grant, permit) => ({
      rows: await findByKeys(
        connection,
        permit,
        outcomes.map(({ type, id }) => `${type}/${id}`),
        true,
      ),
      answer: (released) =>
        transactionAnswer(
          fhirBase(services),
          entries,
          outcomes,
          reads,
          released,
          (type) => preference === 'representation' && grant.allows(type, 'r'),
          services.settings.crisisHelp,
        ),
    }),
  })
}

/**
 * A read of a transaction comes last and sees what was written; where it fails, all of it does, and nothing of it is
 * kept but the refusal (FHIR R4 http 3.1.0.11.2).
 */
const readInside = async (
  services: Services,
  connection: Connection,
  caller: Caller,
  request: string,
  entry: EntryRequest,
): Promise<Released<Answer>> => {
  const inside: Services = {
    ...services,
    database: { ...services.database, query: connection.query, transaction: (work) => work(connection) },
    record: { keep: (audit, accounting = []) => insertRecord(connection, [audit], accounting) },
  }
  try {
    return await disclose(inside, caller, askFor(inside, request, entry))
  } catch (fault) {
    if (fault instanceof Refusal) fault.recorded = false
    throw fault
  }
}

const transactionAnswer = (
  base: string,
  entries: readonly EntryRequest[],
  outcomes: readonly Outcome[],
  reads: readonly string[],
  released: readonly ReleasedResource[],
  isWanted: (type: string) => boolean,
  crisisHelp: string | undefined,
): Answer => {
  const versions = new Map(released.map((own) => [`${own.type}/${own.id}`, own]))
  const [written, read] = [outcomes.values(), reads.values()]
  const answers = entries.map(({ submission }) => {
    if (submission === undefined) return read.next().value ?? '{}'
    const outcome = written.next().value
    if (outcome === undefined) return '{}'
    const own = versions.get(`${outcome.type}/${outcome.id}`)
    const status = { created: '201', updated: '200', existing: '200', deleted: '204' }[outcome.effect]
    const location =
      own === undefined || own.deleted
        ? undefined
        : `${base}/${outcome.type}/${outcome.id}/_history/${own.version}`
    const response = JSON.stringify({
      status,
      location,
      etag: own === undefined ? undefined : etag(own.version),
      lastModified: own?.updated.toISOString(),
      outcome: outcome.flagged === true ? helpOutcome(crisisHelp) : undefined,
    })
    return own === undefined || own.deleted || !isWanted(own.type)
      ? `{"response":${response}}`
      : `{"resource":${own.text},"response":${response}}`
  })
  return {
    status: 200,
    headers: { 'content-type': fhirJson },
    body: `{"resourceType":"Bundle","type":"transaction-response","entry":[${answers.join(',')}]}`,
  }
}

/** The writes of a transaction Bundle that a map made. */
export const transactionSubmissions = (services: Services, given: Bundle): Submission[] =>
  resolveReferences(
    services,
    given.entry ?? [],
    (given.entry ?? []).map((entry, place) => readEntry(entry, place, services.settings.publicUrl)),
  )

/** Gives created resources their ids, and turns `urn:uuid:` references among the entries into them (FHIR R4 http 3.1.0.11.2). */
const resolveReferences = (
  services: Services,
  given: readonly BundleEntry[],
  entries: readonly EntryRequest[],
): Submission[] => {
  const ids = entries.map(({ submission }) =>
    submission?.method === 'create' || submission?.where !== undefined
      ? services.ids.resource()
      : submission?.id,
  )
  const targets = new Map(
    given.flatMap(({ fullUrl }, place) => {
      const submission = entries[place]?.submission
      return fullUrl === undefined || submission === undefined
        ? []
        : [[fullUrl, `${submission.type}/${ids[place] ?? ''}`] as const]
    }),
  )
  if (
    new Set(given.flatMap(({ fullUrl }) => fullUrl ?? [])).size <
    given.filter(({ fullUrl }) => fullUrl !== undefined).length
  )
    invalid('two entries of the transaction have the same fullUrl', 'Bundle.entry.fullUrl', 'value')
  requireDistinct(entries)
  return entries.flatMap(({ submission }, place) => {
    if (submission === undefined) return []
    const { resource } = submission
    const id = ids[place]
    return [
      {
        ...submission,
        ...(id === undefined ? {} : submission.where === undefined ? { id } : { placeholder: id }),
        ...(resource === undefined
          ? {}
          : { resource: rewriteReferences(resource, (reference) => resolved(reference, targets, place)) }),
      },
    ]
  })
}

/** No resource may be written twice in one transaction (FHIR R4 http 3.1.0.11.2). */
const requireDistinct = (entries: readonly EntryRequest[]): void => {
  const named = entries.flatMap(({ submission }) =>
    submission?.id === undefined ? [] : [`${submission.type}/${submission.id}`],
  )
  if (new Set(named).size < named.length)
    invalid('the transaction names the same resource twice', 'Bundle.entry.request.url', 'value')
}

const resolved = (reference: string, targets: ReadonlyMap<string, string>, place: number): string => {
  const target = targets.get(reference)
  if (target === undefined && reference.startsWith('urn:uuid:'))
    return invalid(
      'a `urn:uuid:` reference points to no entry of the transaction',
      `Bundle.entry[${place}].resource`,
      'not-found',
    )
  return target ?? reference
}
