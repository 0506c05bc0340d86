import type { Condition, Patient, Resource, ServiceRequest } from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import depression from '../../mappings/hospital/fixtures/ref-i12.bundle.json' with { type: 'json' }
import opioid from '../../mappings/hospital/fixtures/ref-i12-sud.bundle.json' with { type: 'json' }
import { mapReferral } from '../../src/mapping/referral.ts'
import { countingIds, fixture, MERCY, parsed, referralText } from './fixtures.ts'

function map(input: Uint8Array | string, partner = MERCY) {
  return mapReferral(parsed(input), partner, countingIds())
}

function mapped(input: string) {
  const result = map(input)
  if (!result.ok) throw new Error(result.problem.text)
  const of = <T extends Resource>(is: (resource: Resource) => resource is T) =>
    (result.bundle.entry ?? []).flatMap(({ resource }) => (resource && is(resource) ? [resource] : []))
  return { result, of }
}

const isPatient = (resource: Resource): resource is Patient => resource.resourceType === 'Patient'
const isCondition = (resource: Resource): resource is Condition => resource.resourceType === 'Condition'
const isRequest = (resource: Resource): resource is ServiceRequest =>
  resource.resourceType === 'ServiceRequest'

function replaced(from: string | RegExp, to: string): string {
  const text = referralText()
  const changed = text.replace(from, to)
  if (changed === text) throw new Error('the fixture was not changed')
  return changed
}

describe('REF^I12', () => {
  test.each([
    ['ref-i12.hl7', depression],
    ['ref-i12-sud.hl7', opioid],
  ])('%s gives its bundle', (name, bundle) => {
    const result = map(fixture(name))
    expect(result.ok && result.bundle).toEqual(bundle)
  })

  test('the control says what identifies the message', () => {
    const result = map(fixture('ref-i12.hl7'))
    expect(result.ok && result.control).toEqual({
      id: 'MG20260914000117',
      sendingApplication: 'EPIC',
      sendingFacility: 'MERCY',
      receivingFacility: 'RIVERBEND',
      timestamp: '20260914101522',
    })
    expect(result.ok && result.ignored).toEqual(['AL1', 'OBX'])
  })

  test('another message type or event is rejected', () => {
    expect(map(replaced('REF^I12^REF_I12', 'ADT^A01^ADT_A01'))).toMatchObject({
      problem: { code: 'AR', errorCode: '200' },
    })
    expect(map(replaced('REF^I12^REF_I12', 'REF^I15^REF_I12'))).toMatchObject({
      problem: { code: 'AR', errorCode: '201' },
    })
  })

  test.each(['PID', 'RF1', 'PRD'])('a missing %s is named', (segment) => {
    const text = referralText()
      .split('\r')
      .filter((line) => !line.startsWith(segment))
      .join('\r')
    expect(map(text)).toMatchObject({
      ok: false,
      problem: { code: 'AE', errorCode: '100', location: { segment } },
    })
  })

  test('a second PID is named by its line', () => {
    expect(map(replaced('NK1|', 'PID|2\rNK1|'))).toMatchObject({
      problem: { errorCode: '100', location: { segment: 'PID', occurrence: 2, line: 6 } },
    })
  })
})

describe('PID-3', () => {
  test('the record number is the one of a configured authority; others are not taken', () => {
    const { of } = mapped(replaced('~000-00-0000', '~77^^^OTHER^MR~000-00-0000'))
    expect(of(isPatient)[0]?.identifier).toHaveLength(1)
    expect(JSON.stringify(of(isPatient))).not.toContain('000-00-0000')
  })

  test('two record numbers of the same authority are not chosen between', () => {
    const result = map(replaced('~000-00-0000', '~MG-10024^^^MERCY^MR~000-00-0000'))
    expect(result).toMatchObject({
      ok: false,
      problem: { code: 'AE', errorCode: '102', location: { segment: 'PID', field: 3 } },
    })
    expect(JSON.stringify(result)).not.toContain('MG-1002')
  })

  test('without one of a configured authority nothing is mapped', () => {
    const result = map(replaced('^^^MERCY^MR', '^^^ELSEWHERE^MR'))
    expect(result).toMatchObject({ problem: { errorCode: '101', location: { segment: 'PID', field: 3 } } })
  })

  test('an authority is known by its universal id too, and the number is escaped in the search', () => {
    const result = map(replaced('MG-10023^^^MERCY^MR', 'A\\T\\B,1^^^&1.2.3&ISO^MR'), {
      ...MERCY,
      systems: { '1.2.3': 'urn:oid:1.2.3' },
    })
    expect(result.ok && result.bundle.entry?.[0]?.request?.ifNoneExist).toBe(
      'identifier=urn%3Aoid%3A1.2.3|A%26B%5C%2C1'.replaceAll('%3A', ':'),
    )
  })
})

describe('codes', () => {
  test('an ICD-10-CM code gets its dot, for labels go by codes', () => {
    const { of } = mapped(replaced('F33.1^', 'f1120^'))
    expect(of(isCondition)[0]?.code?.coding?.[0]?.code).toBe('F11.20')
  })

  test('a diagnosis in a local code system is held', () => {
    const result = map(replaced('F41.1^Generalized anxiety disorder^I10C', 'ANX^Anxiety^L'))
    expect(result).toMatchObject({
      problem: {
        errorCode: '103',
        hold: true,
        location: { segment: 'DG1', field: 3, component: 3, occurrence: 2, line: 8 },
      },
    })
  })

  test('a local code beside a known one is left out, whichever comes first', () => {
    for (const code of ['F41.1^GAD^I10C^ANX^Anxiety^L', 'ANX^Anxiety^L^F41.1^GAD^I10C']) {
      const { of } = mapped(replaced('F41.1^Generalized anxiety disorder^I10C', code))
      expect(of(isCondition)[1]?.code?.coding).toMatchObject([{ code: 'F41.1', display: 'GAD' }])
    }
  })

  test('a code that is no ICD-10-CM code, or has no system, is refused', () => {
    expect(map(replaced('F41.1^', '300.02^'))).toMatchObject({
      problem: { errorCode: '101', location: { segment: 'DG1', line: 8 } },
    })
    expect(map(replaced('disorder^I10C', 'disorder'))).toMatchObject({ problem: { errorCode: '101' } })
  })

  test("an unknown priority is held, a category of one's own is kept as text", () => {
    expect(map(replaced('A^ASAP', 'Q^Quick'))).toMatchObject({
      problem: { hold: true, location: { segment: 'RF1', field: 2 } },
    })
    const { of } = mapped(replaced('O^Outpatient', 'T^Telehealth'))
    expect(of(isRequest)[0]?.category?.[1]).toEqual({ text: 'Telehealth' })
  })

  test('an unknown diagnosis type is rejected and not held', () => {
    const result = map(replaced('|W\rDG1', '|Q\rDG1'))
    expect(result).toMatchObject({
      problem: { errorCode: '103', location: { segment: 'DG1', field: 6, line: 7 } },
    })
    expect(result.ok || result.problem.hold).toBeUndefined()
  })
})
