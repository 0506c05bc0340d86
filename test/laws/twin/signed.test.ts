import type { Consent, Extension, Signature } from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import * as given from './examples.ts'
import { structure, system } from './labels.ts'
import { rho } from './twin.ts'
import type { TwinAsker, TwinRecord, TwinWorld } from './twin.ts'

const { actor, asker, condition, consent, labels, observation, patient, permit, purpose, world } = given

const ids = (from: TwinWorld, who: TwinAsker): readonly string[] =>
  rho(from, who).map(({ resource }) => `${resource.resourceType}/${resource.id}`)

const clinic = asker('clinic')
const sud = condition('program', 'sud', 'p-program', 'F11.20')
const hiv = observation('program', 'hiv', 'p-program', { meta: given.labelled('HIV') })
const hospital = { organization: [{ reference: 'Organization/hospital' }] }

const opened = (provision: Consent['provision'], more: Partial<Consent> = {}): readonly string[] =>
  ids(world([sud, consent('c', provision, more)]), clinic)

const statement = (name: string, valueString: string): Extension => ({ url: structure(name), valueString })

const signature = (capacity: string, more: Partial<Signature> = {}): Extension => ({
  url: structure('consent-signature'),
  valueSignature: {
    type: [
      { system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.7' },
      { system: system.capacity, code: capacity },
    ],
    when: '2026-01-15T10:00:00-05:00',
    who: capacity === 'patient' ? { reference: 'Patient/p-program' } : { display: 'Eva Reyes' },
    ...(capacity === 'patient' ? {} : { onBehalfOf: { reference: 'Patient/p-program' } }),
    ...more,
  },
})

const stated = [
  statement('consent-description', 'What is listed'),
  statement('revocation-statement', 'In writing'),
]

const signedBy = (...signatures: readonly Extension[]): Partial<Consent> => ({
  extension: [...stated, ...signatures],
})

describe('42 CFR 2.31(d): a consent for proceedings stands alone', () => {
  const lawyer = asker('clinic', { purpose: 'HLEGAL' })
  const both = permit({ purpose: purpose('HLEGAL', 'TREAT'), securityLabel: labels('42CFRPart2', 'SUD', 'HIV') })
  test('alone it opens Part 2 records', () =>
    expect(ids(world([sud, consent('c', permit({ purpose: purpose('HLEGAL') }))]), lawyer)).toContain('Condition/sud'))
  test('beside another purpose it opens none, for either', () => {
    expect(ids(world([sud, consent('c', both)]), lawyer)).toEqual([])
    expect(opened(both)).not.toContain('Condition/sud')
  })
  test('the other purpose may stand anywhere', () => {
    const beneath = permit({
      purpose: undefined,
      provision: [permit({ purpose: purpose('HLEGAL') }), { type: 'deny', purpose: purpose('HPAYMT') }],
    })
    expect(ids(world([sud, consent('c', beneath)]), lawyer)).toEqual([])
  })
  test('what is no Part 2 record is opened', () => {
    const own = { ...hiv, custodian: 'hospital' }
    expect(ids(world([own, consent('c', both, hospital)]), clinic)).toContain('Observation/hiv')
  })
}) // prettier-ignore

describe('what a label demands of a Consent', () => {
  const note = observation('hospital', 'n', 'p-hospital', { meta: given.labelled('PSYTHPN') })
  const grade = observation('school', 'g', 'p-program')
  const forNotes = permit({ securityLabel: labels('PSYTHPN') })
  const forSchool = permit({ securityLabel: labels('ferpa') })
  const school = { organization: [{ reference: 'Organization/school' }] }
  const notes = (more: Partial<Consent>, provision = forNotes) =>
    ids(world([note, consent('c', provision, { ...hospital, ...more })]), clinic)
  const grades = (more: Partial<Consent>) =>
    ids(world([grade, consent('c', forSchool, { ...school, ...more })]), clinic)
  const lacking = (name: string): Partial<Consent> => ({
    extension: [...stated.filter(({ url }) => !url.endsWith(name)), signature('patient')],
  })
  test('psychotherapy notes: 45 CFR 164.508(c)', () => {
    expect(notes({})).toContain('Observation/n')
    expect(notes(lacking('consent-description'))).not.toContain('Observation/n')
    expect(notes(lacking('revocation-statement'))).not.toContain('Observation/n')
    expect(notes({ dateTime: undefined })).not.toContain('Observation/n')
  })
  test('psychotherapy notes: an end, and none is no end', () => {
    const endless = { ...forNotes, period: { start: '2026-01-15' } }
    const until = (event: string) => ({
      extension: [...stated, signature('patient'), statement('expiry-event', event)],
    })
    expect(notes({}, endless)).not.toContain('Observation/n')
    expect(notes(until('None'), endless)).not.toContain('Observation/n')
    expect(notes(until('end of treatment'), endless)).toContain('Observation/n')
    expect(notes(until('none'))).toContain('Observation/n')
  })
  test('education records: 34 CFR 99.30(a), (b)', () => {
    expect(grades({})).toContain('Observation/g')
    expect(grades(lacking('consent-description'))).not.toContain('Observation/g')
    expect(grades({ dateTime: undefined })).not.toContain('Observation/g')
    expect(grades(lacking('revocation-statement'))).toContain('Observation/g')
  })
})

describe('who signed: 42 CFR 2.31(a)(8)', () => {
  const wide = permit({ securityLabel: labels('42CFRPart2', 'SUD', 'HIV') })
  const born = (birthDate: string | undefined, signatures: readonly Extension[]): readonly string[] => {
    const own = patient('program', 'p-program', birthDate === undefined ? {} : { birthDate })
    // HIV at the program without Part 2 does not exist, so the hospital holds it
    const theirs = patient('hospital', 'p-hospital', birthDate === undefined ? {} : { birthDate })
    const there = { ...observation('hospital', 'hiv', 'p-hospital', { meta: given.labelled('HIV') }) }
    const both = { organization: [...(hospital.organization ?? []), { reference: 'Organization/program' }] }
    const records: TwinRecord[] = [own, theirs, sud, there, consent('c', wide, { ...signedBy(...signatures), ...both })]
    return ids({ ...world([]), records }, clinic).filter((id) => !id.startsWith('Patient/'))
  } // prettier-ignore
  const [own, parent] = [signature('patient'), signature('parent')]
  const all = ['Condition/sud', 'Observation/hiv']
  test('a patient’s signature by somebody else is nobody’s', () => {
    const other = signature('patient', { who: { reference: 'RelatedPerson/mother' } })
    expect(born('1990-01-01', [other])).toEqual([])
    expect(born('1990-01-01', [other, signature('guardian')])).toEqual(all)
    expect(born('1990-01-01', [signature('patient', { who: { display: 'Ana Reyes' } })])).toEqual(all)
  })
  test('a minor signs for Part 2 records (42 CFR 2.14)', () => {
    expect(born('2010-01-01', [parent])).toEqual(['Observation/hiv'])
    expect(born('2010-01-01', [parent, own])).toEqual(all)
    expect(born('2010-01-01', [own])).toEqual(all)
  })
  test('a parent alone signs nothing for who is grown', () => {
    expect(born('2008-03-01', [parent])).toEqual([])
    expect(born('2008-03-02', [parent])).toEqual(['Observation/hiv'])
    expect(born('2008-03-01', [parent, signature('guardian')])).toEqual(all)
    expect(born('2008-03-01', [parent, own])).toEqual(all)
  })
  test('an age that nobody knows is both', () => {
    for (const birthDate of [undefined, '2008', '2008-03']) {
      expect(born(birthDate, [parent])).toEqual([])
      expect(born(birthDate, [signature('guardian')])).toEqual(['Observation/hiv'])
      expect(born(birthDate, [own])).toEqual(all)
    }
  })
  test('a signature without who counts for nothing, one without on behalf of makes a parent’s', () => {
    const bare = signature('guardian', { onBehalfOf: undefined })
    expect(born('1990-01-01', [bare])).toEqual([])
    expect(born('1990-01-01', [parent, bare])).toEqual(all)
    const faceless = signature('guardian', { who: undefined })
    expect(born('1990-01-01', [parent, faceless])).toEqual([])
  }) // prettier-ignore
  test('a false signature is not the minor’s own', () => {
    const row = { state: 'WA', label: 'HIV', minimumAge: 14, signs: 'minor', since: null, until: null }
    const minor = patient('hospital', 'p-hospital', { birthDate: '2010-01-01' })
    const there = { ...hiv, custodian: 'hospital' }
    const from = (...signatures: readonly Extension[]) => ({
      ...world([], { minors: [row] }),
      records: [minor, there, consent('c', wide, { ...signedBy(...signatures), ...hospital })],
    })
    const other = signature('patient', { who: { reference: 'RelatedPerson/mother' } })
    expect(ids(from(own), clinic)).toContain('Observation/hiv')
    expect(ids(from(parent, other), clinic)).not.toContain('Observation/hiv')
  })
})

describe('nothing is permitted before it was signed', () => {
  test.each(['2026-03-02', '2026-03-01T12:00:01Z', '2026-04', 'soon'])('dateTime %s', (dateTime) => {
    expect(opened(permit(), { dateTime })).not.toContain('Condition/sud')
  })
  test.each(['2026-03-01', '2026-03-01T12:00:00Z', '2026-03', '2026'])('dateTime %s has begun', (dateTime) => {
    expect(opened(permit(), { dateTime })).toContain('Condition/sud')
  })
  test('every signature has its day', () => {
    const later = signature('guardian', { when: '2026-03-01T12:00:01Z' })
    expect(opened(permit(), signedBy(signature('patient'), later))).not.toContain('Condition/sud')
    expect(opened(permit(), signedBy(signature('patient', { when: 'now' })))).not.toContain('Condition/sud')
  })
  test('a deny holds at once', () => {
    const deny = consent('d', { type: 'deny' }, { dateTime: '2026-04-01' })
    expect(ids(world([sud, consent('c', permit()), deny]), clinic)).not.toContain('Condition/sud')
  })
}) // prettier-ignore

describe('an intermediary: 42 CFR 2.31(a)(4)(ii)', () => {
  const to = (...recipients: readonly string[]) =>
    permit({ actor: recipients.map((id) => actor('IRCP', `Organization/${id}`)) })
  const seen = (provision: Consent['provision'], more: Partial<Consent> = {}, who = 'broker') =>
    ids(world([sud, consent('c', provision, more)]), asker(who))
  const general = { url: structure('recipient-class'), valueCode: 'treating-providers' }
  test('it is named with a participant', () => {
    expect(seen(to('broker'))).toEqual([])
    expect(seen(to('broker', 'clinic'))).toContain('Condition/sud')
    expect(seen(to('broker', 'clinic'), {}, 'broker-desk')).toContain('Condition/sud')
    expect(seen(to('broker', 'broker-desk'), {}, 'broker-desk')).toEqual([])
  })
  test('the participant may stand in another provision', () => {
    const root = { ...permit({ actor: undefined }), provision: [to('broker'), to('clinic')] }
    expect(seen(root)).toContain('Condition/sud')
  })
  test('or with those who treat', () => {
    expect(seen({ ...to('broker'), extension: [general] })).toContain('Condition/sud')
    expect(seen(to('broker'), { extension: [...stated, signature('patient'), general] })).toContain('Condition/sud')
    expect(seen({ ...to('broker'), extension: [{ ...general, valueCode: 'tpo-general' }] })).toEqual([])
  })
  test('a class alone does not name it, and other records do not ask', () => {
    const known = { crosswalk: [{ organization: 'broker', patient: 'p-clinic' }] }
    const byClass = { ...permit({ actor: undefined }), extension: [{ ...general, valueCode: 'intermediary' }] }
    expect(ids(world([sud, consent('c', byClass)], known), asker('broker'))).toEqual([])
    const own = { ...hiv, custodian: 'hospital' }
    const named = { ...to('broker'), securityLabel: labels('HIV') }
    expect(ids(world([own, consent('c', named, hospital)]), asker('broker'))).toContain('Observation/hiv')
  })
  test('others need no participant', () =>
    expect(seen(to('clinic'), {}, 'clinic')).toContain('Condition/sud'))
}) // prettier-ignore
