import type { Bundle, Condition, FhirResource, Patient, ServiceRequest, Task } from 'fhir/r4'
import { mercyMrn } from '../../demo/codes.ts'
import { type Guide, matchesIn, type Reply, resourceIn, summed } from '../guide.ts'
import { asMessage, asTransaction, type Referral } from '../referral-form.ts'

/** What one referral became, as the hospital finds it. */
export interface Stored {
  readonly referral: Referral
  readonly patients: readonly Patient[]
  readonly conditions: readonly Condition[]
  readonly requests: readonly ServiceRequest[]
  readonly tasks: readonly Task[]
}

/** The hospital sends a referral: HL7 v2 over MLLP and HTTPS, and as FHIR. The three lead to the same state. */
export const refer = async (guide: Guide): Promise<Stored> => {
  const form = (way: string): Referral => ({
    mrn: `TOUR-${way}-${guide.tag}`,
    control: `${way}${guide.tag}`,
    number: `MG-${way}-${guide.tag}`,
    at: guide.began,
  })
  guide.explain(
    'REF^I12 over MLLP: depression and anxiety, please see her soon. A new patient each time: her MRN is new.',
  )
  const message = asMessage(form('A'))
  for (const line of message.trimEnd().split('\r')) guide.explain(`  ${line}`)
  const answer = await sendMllp(guide, message)
  guide.check(
    'the answer is RRI^I12, accepted (AA), for this message',
    [segment(answer, 'MSH')[8]?.slice(0, 7), segment(answer, 'MSA')[1], segment(answer, 'MSA')[2]],
    ['RRI^I12', 'AA', form('A').control],
  )
  const again = await sendMllp(guide, message)
  guide.check('the same message again gets the same answer, byte for byte', again, answer)
  const first = await find(guide, form('A'))
  guide.came(`200 ${countsOf(first)}`)
  guide.check('and is stored once', counts(first), { Patient: 1, Condition: 2, ServiceRequest: 1, Task: 1 })

  const posted = await post(guide, asMessage(form('B')))
  const second = await find(guide, form('B'), true)
  guide.check('over HTTPS it is answered in the same form', [posted.status, code(posted.text)], [200, 'AA'])

  const created = await guide.ask('mercy-general', 'POST', '/fhir', {
    body: asTransaction(form('C')),
    saying: 'transaction: Patient (If-None-Exist by MRN), two Conditions, ServiceRequest, Task',
  })
  const entries = resourceIn<Bundle>(created).entry ?? []
  guide.came(
    summed(created, `transaction-response: ${entries.map(({ response }) => response?.status).join(', ')}`),
  )
  const third = await find(guide, form('C'), true)
  guide.check('over HTTPS it became the same as over MLLP', alike(second), alike(first))
  guide.check('and so did the FHIR transaction', alike(third), alike(first))

  await sendBroken(guide, form('D'))
  return first
}

/** What is wrong is said in the sender's own terms, and nothing is stored. */
const sendBroken = async (guide: Guide, form: Referral): Promise<void> => {
  guide.explain('Broken messages: without an MRN, and of a kind that nobody here takes.')
  const without = await sendMllp(guide, asMessage(form).replace(form.mrn, ''))
  guide.check(
    'AE names the segment and the field: PID-3',
    [code(without), placeIn(without)],
    ['AE', 'PID^1^3'],
  )
  const other = asMessage({ ...form, control: `E${guide.tag}` }).replace('REF^I12^REF_I12', 'ADT^A01^ADT_A01')
  const refused = await sendMllp(guide, other)
  guide.check('AR names the message type: MSH-9', [code(refused), placeIn(refused)], ['AR', 'MSH^1^9'])
  const found = await guide.ask('mercy-general', 'GET', byMrn(form), { quiet: true })
  guide.check('nothing of them is stored', matchesIn(found).length, 0)
}

const sendMllp = async (guide: Guide, message: string): Promise<string> => {
  const { host, port } = guide.gateway.mllp
  const header = segment(message, 'MSH')
  guide.asked(`MLLP ${host}:${port}  MSH|…|${header[8]}|${header[9]}|…`, 'as facility MERCY, on its own line')
  const answer = await guide.mllp(message)
  guide.came(answerLines(answer))
  return answer
}

const post = async (guide: Guide, message: string): Promise<Reply> => {
  const reply = await guide.ask('mercy-general', 'POST', '/exchange/hl7v2', {
    headers: { 'content-type': 'application/hl7-v2' },
    body: message,
    saying: `Content-Type: application/hl7-v2; the same in content, with control id ${segment(message, 'MSH')[9]}`,
  })
  guide.came(summed(reply, answerLines(reply.text)))
  return reply
}

const answerLines = (answer: string): string =>
  answer
    .split('\r')
    .filter((line) => /^(MSA|ERR)\|/.test(line))
    .join('\n')

const segment = (message: string, name: string): string[] =>
  message
    .split('\r')
    .find((line) => line.startsWith(`${name}|`))
    ?.split('|') ?? []

const code = (answer: string): string | undefined => segment(answer, 'MSA')[1]

/** ERR-2: segment, occurrence, field. */
const placeIn = (answer: string): string | undefined =>
  segment(answer, 'ERR')[2]?.split('^').slice(0, 3).join('^')

const byMrn = ({ mrn }: Referral): string => `/fhir/Patient?identifier=${mercyMrn}|${mrn}`

const find = async (guide: Guide, referral: Referral, quiet = false): Promise<Stored> => {
  const patients = matchesIn<Patient>(await guide.ask('mercy-general', 'GET', byMrn(referral), { quiet }))
  const of = async <T extends FhirResource>(type: string): Promise<T[]> =>
    matchesIn<T>(
      await guide.ask('mercy-general', 'GET', `/fhir/${type}?patient=Patient/${patients[0]?.id ?? '-'}`, {
        quiet: true,
      }),
    )
  return {
    referral,
    patients,
    conditions: await of<Condition>('Condition'),
    requests: await of<ServiceRequest>('ServiceRequest'),
    tasks: await of<Task>('Task'),
  }
}

const counts = ({ patients, conditions, requests, tasks }: Stored) => ({
  Patient: patients.length,
  Condition: conditions.length,
  ServiceRequest: requests.length,
  Task: tasks.length,
})

const countsOf = (stored: Stored): string =>
  Object.entries(counts(stored))
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ')

/** Without what is the server's own or differs on purpose: ids, versions, times, MRN, number; in an order of its own. */
const alike = (stored: Stored): unknown => {
  const { referral, patients, conditions, requests, tasks } = stored
  const sorted = conditions.toSorted((one, other) => codeOf(one).localeCompare(codeOf(other)))
  const all: FhirResource[] = [...patients, ...sorted, ...requests, ...tasks]
  const names = new Map(all.map(({ resourceType, id }, place) => [`${resourceType}/${id}`, `#${place}`]))
  return all.map((resource) =>
    JSON.parse(
      JSON.stringify({
        ...ordered(resource),
        id: undefined,
        meta: { ...resource.meta, versionId: '', lastUpdated: '' },
      }),
      (_name, value: unknown) => (typeof value === 'string' ? plain(value, referral, names) : value),
    ),
  )
}

const codeOf = ({ code: given }: Condition): string => given?.coding?.[0]?.code ?? ''

const plain = (text: string, { mrn, number }: Referral, names: ReadonlyMap<string, string>): string => {
  if (text === mrn || text === number) return '(its own)'
  return names.get(text) ?? text
}

/** The same whatever the order of the elements is. */
const ordered = (value: object): object =>
  JSON.parse(
    JSON.stringify(value, (_name, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => one.localeCompare(other)))
        : inner,
    ),
  ) as object
