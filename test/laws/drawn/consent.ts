import fc from 'fast-check'
import type { Consent, ConsentProvision } from 'fhir/r4'
import { structure, system } from '../../../src/fhir/names.ts'
import { generous } from './generous.ts'
import { type Named, provision } from './provision.ts'
import { drawnSignatures, signaturesOf } from './signature.ts'
import { holders, relatedOf } from './town.ts'

const lacking = ['signature', 'capacity', 'revocation', 'description', 'expiry', 'dateTime', 'custodian']

const statement = (name: string, valueString: string) => ({ url: structure(name), valueString })

/** A Consent of the patient; mostly complete, now and then without an element of 42 CFR 2.31, or not signed yet. */
export const consent = (run: string, place: number, named: Named): fc.Arbitrary<Consent> =>
  fc
    .record({
      root: fc.oneof({ weight: 3, arbitrary: provision(named, 2) }, { weight: 2, arbitrary: generous(named) }),
      lacks: fc.option(fc.constantFrom(...lacking), { nil: undefined, freq: 1 }),
      status: fc.constantFrom('active', 'active', 'active', 'inactive'),
      signed: drawnSignatures,
      dateTime: fc.constantFrom(...Array<string>(12).fill('2026-01-01'), '2026-06', '2026-06-15T12:00:00Z', '2026-06-16', '2026-07'),
      ends: fc.constantFrom(...Array<string>(6).fill('the end of the school year'), 'none', 'End of treatment'),
      rule: fc.constantFrom(undefined, 'OPTIN', 'OPTOUT'),
    })
    .map(({ root, lacks, status, rule, signed, dateTime, ends }) => ({
      resourceType: 'Consent',
      id: `${run}-consent-${place}`,
      status: status as Consent['status'],
      scope: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
      },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
      patient: { reference: `Patient/${run}-clinic` },
      ...(lacks === 'dateTime' ? {} : { dateTime }),
      ...(lacks === 'custodian' ? {} : { organization: holders.map((reference) => ({ reference })) }),
      ...(rule === undefined
        ? { policy: [{ uri: 'https://www.ecfr.gov/current/title-42/part-2' }] }
        : { policyRule: { coding: [{ system: system.actCode, code: rule }] } }),
      extension: [
        ...(lacks === 'description' ? [] : [statement('consent-description', 'what was signed')]),
        ...(lacks === 'revocation' ? [] : [statement('revocation-statement', 'in writing')]),
        ...(lacks === 'expiry' ? [] : [statement('expiry-event', ends)]),
        statement('tpo-statements', 'may be redisclosed'),
        ...(lacks === 'signature'
          ? []
          : signaturesOf(`Patient/${run}-clinic`, relatedOf(run), signed, lacks === 'capacity')),
      ],
      provision: JSON.parse(JSON.stringify(root)) as ConsentProvision,
    })) // prettier-ignore
