import type { FhirResource, Narrative } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { safeNarrative } from '../../../src/fhir/patch/safe-narrative.ts'
import { faultOf } from './cases.ts'

const narrative = (status: Narrative['status'], words = 'Ann'): Narrative => ({
  status,
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${words}</div>`,
})

const patient = (text: Narrative | undefined, family: string): FhirResource => ({
  resourceType: 'Patient',
  ...(text && { text }),
  name: [{ family }],
})

describe('the narrative after a patch', () => {
  it.each(['generated', 'extensions'] as const)('goes if it is %s and the data changed', (status) => {
    const after = patient(narrative(status), 'Bea')
    expect(safeNarrative(patient(narrative(status), 'Ann'), after)).toStrictEqual(patient(undefined, 'Bea'))
  })

  it('is refused if it has words of its own and the data changed', () => {
    const [before, after] = [patient(narrative('additional'), 'Ann'), patient(narrative('additional'), 'Bea')]
    expect(faultOf(() => safeNarrative(before, after))).toMatchObject({
      kind: 'unprocessable',
      expression: 'text',
    })
  })

  it.each(['generated', 'extensions', 'additional', 'empty'] as const)(
    'stays if it is %s and was patched too',
    (status) => {
      const after = patient(narrative(status, 'Bea'), 'Bea')
      expect(safeNarrative(patient(narrative(status), 'Ann'), after)).toBe(after)
    },
  )

  it('stays if it says nothing, if nothing changed, and if only meta changed', () => {
    const empty = patient(narrative('empty'), 'Bea')
    expect(safeNarrative(patient(narrative('empty'), 'Ann'), empty)).toBe(empty)
    const same = patient(narrative('generated'), 'Ann')
    expect(safeNarrative(patient(narrative('generated'), 'Ann'), same)).toBe(same)
    const tagged: FhirResource = { ...same, meta: { tag: [{ code: 'x' }] } }
    expect(safeNarrative(same, tagged)).toBe(tagged)
  })
})
