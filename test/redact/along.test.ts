import fc from 'fast-check'
import type { Resource } from 'fhir/r4'
import { expect, it } from 'vitest'
import { redact } from '../../src/redact/redact.ts'
import type { Explained } from '../../src/redact/released.ts'
import type { FoundRow } from '../../src/search/find.ts'
import { stamped } from '../../src/store/content.ts'

const extension = [{ url: 'urn:own', valueString: 'kept' }]

/** Stored resources: with extensions, in `meta` or elsewhere, without, and with texts that look like JSON. */
const bodies = fc
  .record({
    meta: fc.record(
      { extension: fc.constant(extension), tag: fc.constant([{ system: 'urn:t', code: 'c' }]) },
      { requiredKeys: [] },
    ),
    rest: fc.record(
      {
        extension: fc.constant(extension),
        note: fc.array(fc.record({ text: fc.oneof(fc.string(), fc.constant('","meta":{"extension":[')) })),
        status: fc.constant('final'),
      },
      { requiredKeys: ['status'] },
    ),
  })
  .map(({ meta, rest }) =>
    stamped(JSON.stringify([meta, rest]), 'Observation', 'o', 'v1', '2026-06-15T12:00:00.000Z'),
  )

const consents = [{ consent: 'Consent/c', provision: 'Consent.provision', scope: 'what is "named"' }]

const explained = (content: string, basis: Explained['basis']): Explained => ({
  row: { type: 'Observation', id: 'o', version: 'v1', updated: new Date(0), deleted: false, mask: 1n, custodian: 1, person: 1, confidentiality: 3, content, hidden: [] } as unknown as FoundRow,
  basis,
  consents: basis === 'consent' ? consents : [],
  exceptions: [],
}) // prettier-ignore

const textOf = (row: Explained): string =>
  redact([row], 'https://gateway.example/fhir', 'covered-entity').value[0]?.text ?? ''

it('what must go along is in meta, beside all that was there, and nothing else is touched', () => {
  fc.assert(
    fc.property(bodies, (content) => {
      const before = JSON.parse(content) as Resource
      const after = JSON.parse(textOf(explained(content, 'consent'))) as Resource
      const [last] = after.meta?.extension?.slice(-1) ?? []
      expect(last).toMatchObject({
        url: expect.stringContaining('disclosed-under'),
        extension: [
          { url: 'consent', valueReference: { reference: 'Consent/c' } },
          { url: 'scope', valueString: 'what is "named"' },
        ],
      })
      const kept = (after.meta?.extension ?? []).slice(0, -1)
      const { extension: _along, ...meta } = after.meta ?? {}
      expect({ ...after, meta: { ...meta, ...(kept.length === 0 ? {} : { extension: kept }) } }).toEqual(
        before,
      )
    }),
    { numRuns: 300 },
  )
})

it('what goes without a consent goes as it is stored', () => {
  fc.assert(
    fc.property(bodies, (content) => {
      expect(textOf(explained(content, 'default'))).toBe(content)
    }),
  )
})
