import fc from 'fast-check'
import { compile } from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { describe, expect, it } from 'vitest'
import expires from '../../profiles/SearchParameter-Consent-expires.json' with { type: 'json' }
import recipient from '../../profiles/SearchParameter-Consent-recipient.json' with { type: 'json' }
import recipientClass from '../../profiles/SearchParameter-Consent-recipient-class.json' with { type: 'json' }
import part2Program from '../../profiles/SearchParameter-part2-program.json' with { type: 'json' }
import { searchParameter } from '../../src/fhir/definitions/search-parameters.ts'
import { structure } from '../../src/fhir/names.ts'
import { valuesOf } from '../../src/fhir/path.ts'

const found = (resource: object, type: string, code: string): string[] =>
  distinct(valuesOf(resource, searchParameter(type, code)?.paths ?? []))

/** What an independent implementation finds by the expression as it is published. */
const expected = (resource: object, expression: string): string[] =>
  distinct(compile(expression, r4)(resource) as unknown[])

const distinct = (values: readonly unknown[]): string[] =>
  [...new Set(values.map((value) => JSON.stringify(value)))].toSorted()

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })

const extensions = fc.array(
  fc.oneof(
    fc
      .constantFrom('school', 'patient')
      .map((code) => ({ url: structure('recipient-class'), valueCode: code })),
    fc.boolean().map((yes) => ({ url: structure('part2-program'), valueBoolean: yes })),
    fc.record({ url: fc.constant('https://other.example/x'), valueCode: fc.constant('school') }),
  ),
  { minLength: 1, maxLength: 3 },
)

const coding = fc.constantFrom('IRCP', 'PRCP', 'CST').map((code) => ({ code }))

const actor = fc.record(
  {
    extension: maybe(extensions),
    role: maybe(fc.record({ coding: fc.array(coding, { minLength: 1, maxLength: 2 }) })),
    reference: fc.nat(9).map((id) => ({ reference: `Organization/${id}` })),
  },
  { requiredKeys: ['reference'] },
)

const { provision } = fc.letrec<{ provision: object }>((tie) => ({
  provision: fc.record({
    extension: maybe(extensions),
    period: maybe(
      fc.record({ start: maybe(fc.constant('2026')), end: maybe(fc.constantFrom('2027', '2027-03')) }),
    ),
    actor: maybe(fc.array(actor, { minLength: 1, maxLength: 3 })),
    provision: fc.option(fc.array(tie('provision'), { minLength: 1, maxLength: 2 }), {
      nil: undefined,
      maxDepth: 3,
    }),
  }),
}))

const clean = (value: object): object => JSON.parse(JSON.stringify(value)) as object

describe("the gateway's own search parameters", () => {
  it('find in any Consent what FHIRPath finds', () => {
    const consents = fc.record({ extension: maybe(extensions), provision: maybe(provision) })
    fc.assert(
      fc.property(consents, (parts) => {
        const consent = clean({ resourceType: 'Consent', ...parts })
        for (const { code, expression } of [recipient, recipientClass, expires])
          expect([code, found(consent, 'Consent', code)]).toEqual([code, expected(consent, expression)])
      }),
    )
  })

  it('find in any organization what FHIRPath finds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...part2Program.base), maybe(extensions), (type, extension) => {
        const organization = clean({ resourceType: type, extension })
        expect(found(organization, type, 'part2-program')).toEqual(
          expected(organization, part2Program.expression),
        )
      }),
    )
  })

  it('find the recipients of every provision, and nobody else in it', () => {
    const to = (id: string, ...codes: string[]) => ({
      role: { coding: codes.map((code) => ({ code })) },
      reference: { reference: `Organization/${id}` },
    })
    const consent = {
      resourceType: 'Consent',
      provision: {
        actor: [to('a', 'IRCP'), to('custodian', 'CST')],
        provision: [{ actor: [to('b', 'DELEGATEE', 'PRCP')], provision: [{ actor: [to('c', 'IRCP')] }] }],
      },
    }
    expect(found(consent, 'Consent', 'recipient')).toEqual(
      ['a', 'b', 'c'].map((id) => JSON.stringify({ reference: `Organization/${id}` })),
    )
  })

  it('find the instrument, the reason and the day that something is due', () => {
    const coding = [{ system: 'http://loinc.org', code: '44249-1' }]
    expect(
      found({ resourceType: 'Questionnaire', code: coding }, 'Questionnaire', 'questionnaire-code'),
    ).toEqual([JSON.stringify(coding[0])])
    expect(
      found({ resourceType: 'ServiceRequest', reasonCode: [{ coding }] }, 'ServiceRequest', 'reason-code'),
    ).toEqual([JSON.stringify({ coding })])
    const task = { resourceType: 'Task', restriction: { period: { start: '2026-01-01', end: '2026-02-01' } } }
    expect(found(task, 'Task', 'due-date')).toEqual(['"2026-02-01"'])
  })
})
