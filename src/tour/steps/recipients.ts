import type { CarePlan, Condition, Extension, MedicationRequest } from 'fhir/r4'
import { structure } from '../../fhir/names.ts'
import { type Guide, matchesIn, type Reply, resourceIn, summed, tellingOf, totalIn } from '../guide.ts'

const recipients = ['mercy-general', 'harbor-psychiatry', 'lakeside-schools', 'county-health'] as const

type Share = 'all' | 'part' | 'nothing' | 'may not ask'

const marks: Readonly<Record<Share, string>> = {
  all: '●',
  part: '◐',
  nothing: '·',
  'may not ask': '–',
}

const toTreat: readonly Share[] = ['all', 'all', 'may not ask', 'nothing']
const nobody: readonly Share[] = ['nothing', 'nothing', 'may not ask', 'nothing']

/** What her consent comes to: all but substance use, to the two who treat her. */
const promised: Readonly<Record<string, readonly Share[]>> = {
  'Patient/priya': ['all', 'all', 'nothing', 'nothing'],
  'Condition/priya-bipolar': toTreat,
  'Condition/priya-alcohol': nobody,
  'MedicationRequest/priya-lamotrigine': toTreat,
  'MedicationRequest/priya-acamprosate': nobody,
  'CarePlan/priya-plan': ['part', 'part', 'may not ask', 'nothing'],
  'Observation/priya-phq-9-2026-05-12-score': toTreat,
  'Observation/priya-audit-c': nobody,
  'Observation/priya-hiv': toTreat,
  'Consent/priya-consent': nobody,
}

/** One record, its readers side by side, and what hidden means. */
export const compareRecipients = async (guide: Guide): Promise<void> => {
  guide.explain(
    'Priya Nair: bipolar disorder and an alcohol use disorder, one care plan for both. Riverbend holds her record.',
  )
  guide.explain(
    'She lets the hospital and psychiatry have everything, her HIV test too, but nothing about alcohol or drugs.',
  )
  await table(guide)
  await part(guide)
  await hidden(guide)
  await totals(guide)
  await part2(guide)
}

const table = async (guide: Guide): Promise<void> => {
  guide.asked('GET /fhir/<each of these>', `as ${recipients.join(', as ')}`)
  const width = Math.max(...Object.keys(promised).map(({ length }) => length)) + 2
  guide.came(`${' '.repeat(width)}${recipients.join('  ')}`)
  const seen: Record<string, Share[]> = {}
  for (const reference of Object.keys(promised)) {
    const whole = await read(guide, 'riverbend', reference)
    const shares: Share[] = []
    for (const recipient of recipients) shares.push(shareOf(await read(guide, recipient, reference), whole))
    seen[reference] = shares
    const cells = shares.map((share, place) => marks[share].padEnd((recipients[place]?.length ?? 0) + 2))
    guide.came(`${reference.padEnd(width)}${cells.join('').trimEnd()}`)
  }
  guide.came('● all of it   ◐ a part   · no such resource   – its token has no scope for this type')
  guide.check('each gets what her consent and the law let it have', seen, promised)
}

const read = (guide: Guide, client: string, reference: string): Promise<Reply> =>
  guide.ask(client, 'GET', `/fhir/${reference}`, { quiet: true })

const shareOf = (reply: Reply, whole: Reply): Share => {
  if (reply.status === 403) return 'may not ask'
  if (reply.status !== 200) return 'nothing'
  return content(reply) === content(whole) ? 'all' : 'part'
}

/** Without meta: what goes along by law is there. */
const content = (reply: Reply): string => JSON.stringify({ ...resourceIn(reply), meta: undefined })

const part = async (guide: Guide): Promise<void> => {
  const reply = await guide.ask('mercy-general', 'GET', '/fhir/CarePlan/priya-plan')
  const { activity = [], text, addresses } = resourceIn<CarePlan>(reply)
  const told = activity.map(({ detail }) => detail?.description)
  guide.came(
    summed(reply, `CarePlan: ${told.join('; ')}; narrative: ${text === undefined ? 'none' : 'there'}`),
  )
  guide.check(
    'of the plan, the mood work; not the alcohol group, its reason, or a narrative that tells of it',
    [
      told,
      addresses?.map(({ reference }) => reference),
      text !== undefined,
      /alcohol|H0005/i.test(reply.text),
    ],
    [['skills group, mood regulation'], ['Condition/priya-bipolar'], false, false],
  )
}

const hidden = async (guide: Guide): Promise<void> => {
  const held = await guide.ask('mercy-general', 'GET', '/fhir/MedicationRequest/priya-acamprosate')
  guide.came(summed(held, 'hidden from the hospital'))
  const missing = await guide.ask('mercy-general', 'GET', '/fhir/MedicationRequest/priya-nothing')
  guide.came(summed(missing, 'never there'))
  guide.check('hidden and missing answer alike: status, headers, body', tellingOf(held), tellingOf(missing))
  const history = await Promise.all(
    ['priya-acamprosate', 'priya-nothing'].map((id) =>
      guide.ask('mercy-general', 'GET', `/fhir/MedicationRequest/${id}/_history`, { quiet: true }),
    ),
  )
  const [one, other] = history.map(tellingOf)
  guide.check('and so do their histories', one, other)
}

const totals = async (guide: Guide): Promise<void> => {
  const path = '/fhir/Condition?patient=Patient/priya'
  const whole = await guide.ask('riverbend', 'GET', path)
  guide.came(summed(whole, `total ${totalIn(whole)}`))
  const seen = await guide.ask('mercy-general', 'GET', path)
  guide.came(summed(seen, `total ${totalIn(seen)}`))
  guide.check('a total counts only what the reader may see', [totalIn(whole), totalIn(seen)], [2, 1])
  guide.check(
    'and is what the pages hold',
    matchesIn<Condition>(seen).map(({ id }) => id),
    ['priya-bipolar'],
  )
  const guess = '/fhir/CarePlan?patient=Patient/priya&activity-code=H0005'
  const found = await guide.ask('riverbend', 'GET', guess)
  guide.came(summed(found, `total ${totalIn(found)}`))
  const guessed = await guide.ask('mercy-general', 'GET', guess)
  guide.came(summed(guessed, `total ${totalIn(guessed)}`))
  guide.check('what is masked cannot be searched for', [totalIn(found), totalIn(guessed)], [1, 0])
}

const notice = '42 CFR part 2 prohibits unauthorized use or disclosure of these records.'

const part2 = async (guide: Guide): Promise<void> => {
  guide.explain('Daniel Reyes is in the Part 2 program, and consents to treatment, payment and operations.')
  const path = '/fhir/MedicationRequest/daniel-buprenorphine'
  const reply = await guide.ask('mercy-general', 'GET', path)
  const extensions = resourceIn<MedicationRequest>(reply).meta?.extension ?? []
  const [told, consent] = [noticeIn(extensions), consentIn(extensions)]
  guide.came(summed(reply, `MedicationRequest; notice: ${told}; under ${consent}`))
  guide.check(
    'with it go the notice of 42 CFR 2.32, and the consent',
    [told, consent],
    [notice, 'Consent/daniel-consent'],
  )
  const other = await guide.ask('harbor-psychiatry', 'GET', path)
  guide.came(summed(other, 'no such resource'))
  guide.check('to who does not treat him, it does not exist', other.status, 404)
  const notes = await guide.ask('mercy-general', 'GET', '/fhir/DocumentReference/daniel-counseling-note')
  guide.came(summed(notes, 'no such resource'))
  guide.check('his counseling notes need a consent of their own (2.31(b))', notes.status, 404)
}

const noticeIn = (extensions: readonly Extension[]): string | undefined =>
  extensions.find(({ url }) => url === structure('redisclosure-notice'))?.valueString

const consentIn = (extensions: readonly Extension[]): string | undefined =>
  extensions
    .find(({ url }) => url === structure('disclosed-under'))
    ?.extension?.find(({ url }) => url === 'consent')?.valueReference?.reference
